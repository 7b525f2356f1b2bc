"""How the tests are spread over processes (`make test`): one process keeps what shares something dear, and the longest
begin first, so that none of them is what everybody waits for at the end."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST_FIRST = ("compose", "faults", "e2e/test_schemathesis.py", "browser", "e2e", "integration")
KEPT_TOGETHER = ("compose", "faults", "browser")  # one project, one pair of servers, one district
Told = list[tuple[str, str]]
TOLD = pytest.StashKey[Told]()


def spread(items: list[pytest.Item]) -> None:
    """Sort them, and name for each the group that pytest-xdist hands out as a whole: its file, or a folder."""
    places = {item: item.path.relative_to(TESTS).as_posix() for item in items}
    items.sort(key=lambda item: _turn(places[item]))
    for item in items:
        folder = places[item].split("/", 1)[0]
        item.add_marker(pytest.mark.xdist_group(folder if folder in KEPT_TOGETHER else places[item]))


def _turn(place: str) -> int:
    return next((turn for turn, start in enumerate(LONGEST_FIRST) if place.startswith(start)), len(LONGEST_FIRST))


def tell_at_the_end(config: pytest.Config, title: str, text: str) -> None:
    """A section of the run's last words, whichever process has something to say."""
    config.stash.setdefault(TOLD, []).append((title, text))
    if (output := getattr(config, "workeroutput", None)) is not None:
        output["told"] = config.stash[TOLD]


def hear(config: pytest.Config, output: dict[str, Told]) -> None:
    """What another process had to say."""
    config.stash.setdefault(TOLD, []).extend(output.get("told", ()))
