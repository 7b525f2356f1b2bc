"""The table: on the terminal after every run, and as docs/reliability.md after a full one."""

import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.faults import gateway_table
from tests.faults.gateway_table import Held
from tests.faults.load import GIVE_UP
from tests.faults.sides import RPC_TIMEOUT
from tests.faults.verdict import Verdict

HEAD = """\
| fault | side | sent | lost | duplicated effects | reordered | parked | recovery s | slowest answer s | remark |
|---|---|--:|--:|--:|--:|--:|--:|--:|---|
"""


@dataclass(frozen=True, slots=True)
class Row:
    code: str
    title: str
    linli: Verdict
    stock: Verdict
    control: str = ""


@dataclass
class Report:
    full: bool
    broker: str = ""
    database: str = ""
    rows: list[Row] = field(default_factory=list)
    gateway: list[Held] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)

    def table(self) -> str:
        return HEAD + "".join(lines(row) for row in self.rows) + gateway_table.table(self.gateway)

    def page(self) -> str:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return PAGE.format(
            length="Full length" if self.full else "Shortened round (the one inside `make test`)",
            patience=f"{GIVE_UP:.0f}",
            load=f"{os.getloadavg()[0]:.0f}",
            date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            machine=f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}",
            python=platform.python_version(),
            nameko=version("nameko"),
            kombu=version("kombu"),
            broker=self.broker,
            database=self.database,
            commit=_commit(),
            table=self.table(),
        )

    def write(self, path: Path) -> None:
        path.write_text(self.page(), encoding="utf-8")


def lines(row: Row) -> str:
    return "".join(
        f"| {title} | {side} | {v.sent} | {v.lost + v.unanswered} | {v.duplicated} | {v.reordered} | {v.parked} "
        f"| {'never' if v.recovery is None else f'{v.recovery:.1f}'} | {v.slowest_answer:.1f} | {remark} |\n"
        for side, v, title, remark in (
            ("**linli**", row.linli, f"**{row.code}** {row.title}", ""),
            ("stock", row.stock, "", ", ".join(filter(None, (row.control, stock_remark(row.stock))))),
        )
    )


def stock_remark(verdict: Verdict) -> str:
    """What the control showed, good or bad."""
    found = []
    if verdict.deaths:
        found.append(f"died {verdict.deaths}×")
    if verdict.unexpected:
        found.append(f"{verdict.unexpected} heard of that never happened")
    if verdict.clean:
        found.append("survives this")
    return ", ".join(found)


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


PAGE = f"""\
# What faults do

`make faults` (tests/faults) writes this page. It causes each fault for Linli and for a stock nameko service at the same moment,
under the same load: an RPC that writes and commits, a message about the change, and a subscriber that stores what it receives.
Every request is repeated until it is answered. Linli's requests keep their Idempotency-Key; stock nameko has none. Both sides
run as separate processes on one RabbitMQ node and one PostgreSQL server. A process that dies is started again at once.

- **lost**: answered requests without an effect, committed changes that the subscriber never received, and requests without an
  answer after {{patience}} s
- **duplicated effects**: requests and messages that took effect more than once
- **reordered**: messages received after a later one of the same aggregate
- **parked**: messages set aside with their error for `linli dead-letters`, as intended
- **recovery**: seconds from the end of the fault until every earlier request was answered and every earlier message was
  received
- **slowest answer**: of a single attempt; a call waits {RPC_TIMEOUT:.0f} s for its answer here

Stock nameko does what its documentation shows: `@rpc`, commit, then dispatch; `@event_handler`, commit. If it survives a fault,
the table says so. It makes no promise about order, so it reorders messages also without a fault.

{{length}}, {{date}}, commit {{commit}}, {{machine}} (load average at the end: {{load}}),
Python {{python}}, nameko {{nameko}}, kombu {{kombu}}, {{broker}}, {{database}}.

{{table}}"""
