"""Both READMEs name what there is, and the same of it."""

import re

import pytest
import yaml

from tests.architecture.tree import ROOT

LANGUAGES = ("README.md", "README.zh-CN.md")
# Files and folders of ours, in backticks or as the target of a link.
PATH = re.compile(r"[`(]((?:bench|chassis|deploy|docs|gateway|services|tests|tour)/[\w./-]*|[\w.-]+\.(?:md|yml))[`)]")


def paths(name: str) -> list[str]:
    return PATH.findall((ROOT / name).read_text())


def rows(name: str) -> list[int]:
    """Cells of each row of each table, in order."""
    return [line.count("|") for line in (ROOT / name).read_text().splitlines() if line.startswith("|")]


@pytest.mark.parametrize("name", LANGUAGES)
def test_what_a_readme_names_is_there(name: str) -> None:
    assert len(paths(name)) > 20
    assert [path for path in paths(name) if not (ROOT / path).exists()] == []


def test_both_languages_say_the_same() -> None:
    english, chinese = ((ROOT / name).read_text() for name in LANGUAGES)
    other = {"README.md": "README.zh-CN.md", "README.zh-CN.md": "README.md"}
    assert set(paths("README.md")) - set(other) == set(paths("README.zh-CN.md")) - set(other)
    assert rows("README.md") == rows("README.zh-CN.md")
    assert english.count("```") == chinese.count("```")
    assert len(re.findall(r"^#+ ", english, re.MULTILINE)) == len(re.findall(r"^#+ ", chinese, re.MULTILINE))
    commands = [re.findall(r"^    ((?:make|docker|cp) [^#\n]*?) *(?:#.*)?$", text, re.MULTILINE) for text in (english, chinese)]
    assert commands[0] == commands[1] != []


def test_the_example_subscriber_reaches_the_broker_by_the_command_before_it() -> None:
    english = (ROOT / "README.md").read_text()
    override = "deploy/amqp-port.yml"
    assert english.index(override) < english.index("pika.BlockingConnection")
    assert "@localhost:5672/" in english
    published = yaml.safe_load((ROOT / override).read_text())["services"]["rabbitmq"]["ports"]
    assert published == ["127.0.0.1:5672:5672"]
