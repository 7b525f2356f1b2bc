"""Runs the rows of an import through the code of its list. The check and the commit use the same function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chassis.rpc.refusal import Refusal
from gateway.accounts.call import AccountCall
from gateway.imports import outcomes
from gateway.imports.columns import Column, Row, problems_of
from gateway.imports.outcomes import Outcome
from gateway.offload import breathe

TOGETHER = 100  # rows, after which other requests may run


class Runner(Protocol):
    """One run over the rows of a file, in one transaction."""

    def label(self, row: Row) -> str:
        """What the row is about, for people."""
        ...

    def take(self, row: Row) -> Outcome:
        """Make the change of one row. Raises Refusal, before anything is changed."""
        ...

    def secrets(self) -> list[dict[str, Any]]:
        """What only the person who imports may see, once."""
        ...


class Kind(Protocol):
    """A list that can be imported. `columns_of` maps fields and codes of refusals to columns. `most` is the largest number of
    rows."""

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def columns_of(self) -> Mapping[str, str]: ...

    @property
    def most(self) -> int: ...

    def begin(self, call: AccountCall, rows: Sequence[Row]) -> Runner:
        """Read and lock what the rows are about."""
        ...


@dataclass(frozen=True, slots=True)
class Ran:
    """The outcome of each row, and the secrets of new records."""

    outcomes: list[Outcome]
    secrets: list[dict[str, Any]]


def run(call: AccountCall, kind: Kind, rows: Sequence[Row], *, storing: bool) -> Ran:
    """Make the changes of all rows in the transaction of `call`. The caller rolls back unless all of them are wanted. With
    `storing`, new records are inserted as the run goes on; a check does not need that."""
    runner = kind.begin(call, rows)
    found: list[Outcome] = []
    for number, row in enumerate(rows):
        if number % TOGETHER == 0:
            breathe()
            if storing:
                call.session.flush()
        found.append(_one(kind, runner, row))
    return Ran(found, runner.secrets())


def _one(kind: Kind, runner: Runner, row: Row) -> Outcome:
    if problems := problems_of(row, kind.columns):
        return outcomes.malformed(row.line, runner.label(row), problems)
    try:
        return runner.take(row)
    except Refusal as refusal:
        return outcomes.refused(row.line, runner.label(row), refusal, kind.columns_of)
