"""How pytest-xdist's workers share the tests: long units first, and tests that share a district in one worker.

A unit of work is a file, or a folder whose tests share something that takes long to start. A worker that is idle takes the
next unit in this order, so that no long unit runs last.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

WHOLE = ("tests/faults/", "tests/browser/", "tests/integration/observability/", "tests/e2e/")
# Has a district of its own, and takes as long as a folder of others.
ALONE = "tests/e2e/test_schemathesis.py"
FIRST = (ALONE, *WHOLE, "tests/acceptance/", "tests/integration/cli/test_up", "tests/integration/cli/", "tests/integration/")

TOLD = "linli_told"


def unit_of(nodeid: str) -> str:
    """The unit of work that a test belongs to."""
    file = nodeid.split("::", 1)[0]
    if file == ALONE:
        return file
    return next((folder for folder in WHOLE if file.startswith(folder)), file)


def rank(nodeid: str) -> int:
    """Units of lower rank are begun first."""
    return next((n for n, prefix in enumerate(FIRST) if nodeid.startswith(prefix)), len(FIRST))


class ByUnit(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


class Workers:
    """The plugin. Without `-n` it changes nothing."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> ByUnit:
        config.option.loadscopereorder = False
        return ByUnit(config, log)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if "PYTEST_XDIST_WORKER" in os.environ:
            items.sort(key=lambda item: rank(item.nodeid))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._told |= getattr(node, "workeroutput", {}).get(TOLD, {})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for title, text in self._told.items():
            terminalreporter.section(title)
            terminalreporter.write(text)


def tell(config: pytest.Config, title: str, text: str) -> None:
    """From a worker, which has no terminal: a section of the summary at the end. Elsewhere nothing happens."""
    if (output := getattr(config, "workeroutput", None)) is not None:
        output.setdefault(TOLD, {})[title] = text
