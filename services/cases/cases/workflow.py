"""The workflow of a case as a table: who may take which step in which state, and whether the step must give a reason.

    reported ──accept──▶ accepted ──dispatch──▶ dispatched ──settle──▶ settled ──close──▶ closed
        └──────decline──────┤ ▲◀──────return──────┘                       │                  │
                            ▼ └────────────────────reopen─────────────────┴──────────────────┘
                         declined ──reopen──▶ accepted

To add a rule, add a row to the table, not an `if` to the code.
"""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum

from services.cases.interface.cases import State


class Action(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    DISPATCH = "dispatch"
    RETURN = "return"
    SETTLE = "settle"
    CLOSE = "close"
    REOPEN = "reopen"


class Role(StrEnum):
    """What a person is to one case. A handler has the role HANDLER only for cases that they may settle (see
    Case.roles_of)."""

    REPORTER = "reporter"
    CLERK = "clerk"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"


REPORT = "report"  # The first line of every history. It is not a step, because the case has no state before it.


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table. With `text_required` the step must give a reason or a result in words. With `public` the
    reporter may read these words; otherwise only staff may."""

    action: Action
    sources: frozenset[State]
    target: State
    roles: frozenset[Role]
    text_required: bool
    public: bool


def _row(action: Action, sources: Set[State], target: State, roles: Set[Role], *, text: bool, public: bool) -> Transition:
    return Transition(action, frozenset(sources), target, frozenset(roles), text, public)


A, S, R = Action, State, Role
DESK = {R.CLERK, R.SUPERVISOR}

# Clerks return and settle as well, because most departments answer by telephone and have no account.
# fmt: off
TABLE = (
    _row(A.ACCEPT,   {S.REPORTED},                      S.ACCEPTED,   DESK,                       text=False, public=False),
    _row(A.DECLINE,  {S.REPORTED, S.ACCEPTED},          S.DECLINED,   DESK,                       text=True,  public=True),
    _row(A.DISPATCH, {S.ACCEPTED},                      S.DISPATCHED, DESK,                       text=False, public=False),
    _row(A.RETURN,   {S.DISPATCHED},                    S.ACCEPTED,   DESK | {R.HANDLER},         text=True,  public=False),
    _row(A.SETTLE,   {S.DISPATCHED},                    S.SETTLED,    DESK | {R.HANDLER},         text=True,  public=True),
    _row(A.CLOSE,    {S.SETTLED},                       S.CLOSED,     {R.REPORTER, R.SUPERVISOR}, text=False, public=True),
    _row(A.REOPEN,   {S.SETTLED, S.CLOSED, S.DECLINED}, S.ACCEPTED,   {R.SUPERVISOR},             text=True,  public=True),
)
# fmt: on
TRANSITIONS: dict[str, Transition] = {row.action: row for row in TABLE}


def allowed(state: str, roles: Set[str]) -> list[str]:
    """The actions that a person with `roles` may take on a case in `state`, in the order of the table."""
    return [action for action, row in TRANSITIONS.items() if state in row.sources and not row.roles.isdisjoint(roles)]
