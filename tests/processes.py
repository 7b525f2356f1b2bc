"""How the tests are spread over processes (`make test`): one process keeps what shares something dear, and the longest
begin first, so that none of them is what everybody waits for at the end."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
LONGEST_FIRST = ("compose", "e2e/test_schemathesis.py", "faults", "integration/cli", "browser", "e2e", "integration")
KEPT_TOGETHER = ("compose", "faults", "browser")  # one project, one pair of servers, one district
Told = list[tuple[str, str]]
TOLD = pytest.StashKey[Told]()


def sort(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path.relative_to(TESTS).as_posix()))


def _turn(place: str) -> int:
    return next((turn for turn, start in enumerate(LONGEST_FIRST) if place.startswith(start)), len(LONGEST_FIRST))


class Together(LoadScopeScheduling):
    """Hands out whole files, or folders. Groups by mark would say the same, if pytest-xdist 3.8 could mark with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        place = nodeid.removeprefix(f"{TESTS.name}/").split("::", 1)[0]
        folder = place.split("/", 1)[0]
        return folder if folder in KEPT_TOGETHER else place


def tell_at_the_end(config: pytest.Config, title: str, text: str) -> None:
    """A section of the run's last words, whichever process has something to say."""
    config.stash.setdefault(TOLD, []).append((title, text))
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["told"] = config.stash[TOLD]


def hear(config: pytest.Config, output: dict[str, Told]) -> None:
    """What another process had to say."""
    config.stash.setdefault(TOLD, []).extend(output.get("told", ()))
