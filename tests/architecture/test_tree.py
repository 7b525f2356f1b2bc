"""The same name means the same thing everywhere, and files are named by content."""

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, python_files

# What a service has beside its features, and what a feature may consist of (a file, or the folder that it grew into).
OF_SERVICE = ("__init__.py", "README.md", "service.py", "interface", "contracts", "migrations/versions", "demo")
BESIDE_FEATURES = {"interface", "contracts", "migrations", "demo"}
NAMED_BY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "shared"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_parts(service: str) -> None:
    folder = ROOT / "services" / service
    assert not [name for name in OF_SERVICE if not (folder / name).exists()]


def features_of(service: str) -> list[Path]:
    folder = ROOT / "services" / service
    return sorted(path.parent for path in folder.glob("*/__init__.py") if path.parent.name not in BESIDE_FEATURES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_folder_of_a_service_is_a_feature_with_verbs_or_models(service: str) -> None:
    features = features_of(service)
    assert len(features) >= 2
    parts = {feature.name: {path.stem for path in feature.iterdir()} for feature in features}
    assert not [name for name, stems in parts.items() if not stems & {"use_cases", "models"}]


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
