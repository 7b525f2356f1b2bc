"""Writes bench/RESULTS.md."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.results import Goal, Section
from bench.world import machine

RESULTS = Path(__file__).with_name("RESULTS.md")
PEERS = Path(__file__).with_name("peers") / "requirements.txt"
LIBRARIES = ("nameko", "kombu", "eventlet", "SQLAlchemy", "psycopg", "Flask")


def write(sections: list[Section], *, servers: dict[str, str], load: tuple[float, float], minutes: float, quick: bool) -> Path:
    """Write the report and return its path. `servers` are the versions of the servers. `load` is the machine's load average
    before and after."""
    goals = [goal for section in sections for goal in section.goals]
    parts = [_head(servers, load, minutes, quick), _goals(goals), *map(_section, sections)]
    RESULTS.write_text("\n".join(parts))
    return RESULTS


def _head(servers: dict[str, str], load: tuple[float, float], minutes: float, quick: bool) -> str:
    facts = machine() | {"system": f"{platform.system()} {platform.release()}", "Python": platform.python_version()} | servers
    facts |= {name: version(name) for name in LIBRARIES}
    facts["peers"] = ", ".join(line for line in PEERS.read_text().splitlines() if line and not line.startswith("#"))
    lines = ["# Measured", "", f"`make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {minutes:.0f} minutes.", ""]
    lines.append(
        "Everything is on one machine: contenders, their clients, one PostgreSQL server (a database each; durable, as Linli "
        "ships it) and one RabbitMQ node (a virtual host each). Ratios count; absolute figures are this machine's."
    )
    if quick:
        lines += ["", "**A smoke (`--quick`): short, small, one round. No figure here is one to quote.**"]
    if load[0] > 1.0:
        lines += ["", f"**The machine was not idle: its load average was {load[0]:.1f} before the first measure.**"]
    lines += ["", *_table(("", ""), list(facts.items())), ""]
    return "\n".join(lines)


def _goals(goals: list[Goal]) -> str:
    rows = [(goal.what, goal.wanted, goal.figure, "met" if goal.met else "**not met**") for goal in goals]
    return "\n".join(["## Goals", "", *_table(("goal", "wanted", "measured", ""), rows), ""])


def _section(section: Section) -> str:
    return "\n".join([f"## {section.title}", "", section.text, "", *_table(section.header, section.rows), ""])


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [_row(header), _row(tuple("---" for _ in header)), *map(_row, rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
