"""The same name means the same thing everywhere, and files are named by content (reference/style.md)."""

import re

import pytest

from tests.architecture.tree import ROOT, SERVICES, module_files, python_files

MODULES = ("service", "use_cases", "models", "storage", "schemas", "messages", "refusals", "demo")
FOLDERS = ("contracts", "migrations", "migrations/versions")
NAMED_BY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "shared"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_files(service: str) -> None:
    folder = ROOT / "services" / service
    missing = [name for name in MODULES if not module_files(service, name)]
    missing += [name for name in FOLDERS if not (folder / name).is_dir()]
    missing += [name for name in ("__init__.py", "README.md") if not (folder / name).is_file()]
    assert not missing, f"services/{service} lacks {missing}"


def test_files_are_named_by_content() -> None:
    found = [str(file.relative_to(ROOT)) for file in python_files() if file.stem in NAMED_BY_NOTHING]
    assert not found


def test_every_service_has_tests_of_both_kinds() -> None:
    missing = [
        f"tests/{kind}/{service}"
        for kind in ("unit", "integration")
        for service in SERVICES
        if not any((ROOT / "tests" / kind / service).rglob("test_*.py"))
    ]
    assert not missing


def test_every_decision_is_in_the_index_and_says_why() -> None:
    folder = ROOT / "docs" / "adr"
    pages = sorted(folder.glob("[0-9]*.md"))
    index = (folder / "README.md").read_text()
    assert pages
    assert [page.name for page in pages if page.name not in index] == []
    for page in pages:
        headings = re.findall(r"^## (\w+)", page.read_text(), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name


def test_help_lists_every_make_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    undocumented = [target for target in targets if not re.search(rf"^{re.escape(target)}:.*## \S", makefile, re.MULTILINE)]
    assert "up" in targets
    assert not undocumented


def test_pins_are_exact_and_name_no_place() -> None:
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+(\s*;.+)?", pin)] == []
