"""`python -m bench [--quick] [--only NAME …]`: runs all measurements and writes bench/RESULTS.md.

It takes about 15 minutes. `--quick` takes about 2 minutes and only checks that everything runs. With `--only`, the results
are printed and not written. `retention`, `directory` and `growth-10m` run only if they are named: the first takes as long as
all others together, the second takes some minutes and shows many pages instead of one figure, and the third fills ten million
bookings.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from bench import report
from bench.children import PEERS_PYTHON
from bench.contenders import Linli
from bench.measures import (
    availability,
    calendars,
    directory,
    embedded,
    feed,
    finding,
    footprint,
    growth,
    http_server,
    latency,
    relay,
    retention,
    side_by_side,
)
from bench.results import Section
from bench.world import World, world
from chassis.observability.logs import set_up_logging

console = Console(highlight=False)
MEASURES = (
    "side-by-side",
    "latency",
    "feed",
    "relay",
    "growth",
    "availability",
    "finding",
    "calendars",
    "footprint",
    "http-server",
    "embedded",
)
ON_REQUEST = ("retention", "directory", "growth-10m")


def _measures(the: World) -> dict[str, Callable[[], list[Section]]]:
    """Return the measurements by name. side-by-side, latency and relay share an installation."""
    made: list[Linli] = []

    def main() -> Linli:
        if not made:
            made.append(Linli(the, "main"))
        return made[0]

    return {
        "side-by-side": lambda: side_by_side.measure(the, main()),
        "latency": lambda: latency.measure(the, main()),
        "feed": lambda: feed.measure(the),
        "relay": lambda: relay.measure(the, main()),
        "growth": lambda: growth.measure(the),
        "growth-10m": lambda: growth.measure(the, growth.LARGEST),
        "finding": lambda: finding.measure(the),
        "calendars": lambda: calendars.measure(the),
        "availability": lambda: availability.measure(the),
        "footprint": lambda: footprint.measure(the),
        "http-server": lambda: http_server.measure(the),
        "embedded": lambda: embedded.measure(the),
        "retention": lambda: retention.measure(the),
        "directory": lambda: directory.measure(the),
    }


def _run(the: World, wanted: list[str]) -> list[Section]:
    sections: list[Section] = []
    measures = _measures(the)
    for name in wanted:
        for section in measures[name]():
            sections.append(section)
            _show(section)
    return sections


def _show(section: Section) -> None:
    table = Table(title=section.title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for heading in section.header:
        table.add_column(heading)
    for row in section.rows:
        table.add_row(*row)
    console.print(table)
    for goal in section.goals:
        console.print(f"  [{'green' if goal.met else 'red'}]{goal.what}: {goal.figure} ({goal.wanted})[/]")
    console.print()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke of everything in about 2 minutes")
    names = (*MEASURES, *ON_REQUEST)
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"some of: {', '.join(names)}")
    asked = parser.parse_args()
    if not PEERS_PYTHON.exists() and (asked.only is None or "side-by-side" in asked.only):
        parser.error("the peers are not installed: `make bench` does it")
    set_up_logging(level="WARNING", format="console")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # SystemExit runs the clean-up, which ends all child processes
    began, load = time.monotonic(), os.getloadavg()[0]
    with console.status("…") as status:

        def note(what: str) -> None:
            minutes, seconds = divmod(int(time.monotonic() - began), 60)
            status.update(f"{minutes}:{seconds:02} {what} …")
            if not console.is_terminal:
                console.print(f"{minutes}:{seconds:02} {what}")

        with world(quick=asked.quick, note=note) as the:
            sections = _run(the, asked.only or list(MEASURES))
            servers = the.versions()
    minutes = (time.monotonic() - began) / 60
    if not asked.only:
        written = report.write(sections, servers=servers, load=(load, os.getloadavg()[0]), minutes=minutes, quick=asked.quick)
        console.print(f"{written} is written.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
