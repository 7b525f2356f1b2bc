"""The messages that cases publishes: one for every step of a case. They hold ids, times, states and public names only."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Contracts, Message
from services.cases.cases.models import Case, HistoryEntry
from services.cases.cases.workflow import REPORT, Action

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="cases")

_TYPES: dict[str, str] = {
    REPORT: "case.reported.v1",
    Action.ACCEPT: "case.accepted.v1",
    Action.DECLINE: "case.declined.v1",
    Action.DISPATCH: "case.dispatched.v1",
    Action.RETURN: "case.returned.v1",
    Action.SETTLE: "case.settled.v1",
    Action.CLOSE: "case.closed.v1",
    Action.REOPEN: "case.reopened.v1",
}


def case_stepped(case: Case, entry: HistoryEntry) -> Message:
    """The message about the step `entry`. `case` is in the state after the step."""
    type_ = _TYPES[entry.action]
    return CONTRACTS.message(
        type_,
        aggregate_id=case.id,
        version=case.version,
        community_id=case.community_id,
        occurred_at=entry.at,
        data=_facts(case) | _own_facts(case, entry),
    )


def _facts(case: Case) -> dict[str, Any]:
    return {
        "case_id": str(case.id),
        "number": case.number,
        "channel": case.channel.code,
        "channel_name": case.channel.name,
        "category": case.category.code,
        "category_name": case.category.name,
        "grid_id": case.grid_id,
        "reporter_id": _id(case.named_reporter),
        "state": case.state,
        "department_id": _id(case.department.id) if case.department else None,
        "department_name": case.department.name if case.department else None,
        "handler_id": _id(case.handler_id),
        "reported_at": _time(case.reported_at),
    }


def _own_facts(case: Case, entry: HistoryEntry) -> dict[str, Any]:
    """Fields of this type of message only: the time, named after the step, and how a case was closed."""
    facts: dict[str, Any] = {} if entry.action == REPORT else {f"{_TYPES[entry.action].split('.')[1]}_at": _time(entry.at)}
    if entry.action == Action.CLOSE:
        facts["satisfied"] = case.satisfied
        facts["closed_by"] = "reporter" if entry.actor_id in (None, case.reporter_id) else "staff"
    return facts


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _time(value: datetime) -> str:
    return value.isoformat()
