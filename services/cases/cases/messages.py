"""The messages that cases publishes: one for every step of a case. They hold ids, times, states and public names only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Contracts, Message, plain
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.workflow import MESSAGES, REPORT

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="cases")
_SHARED = CONTRACTS.shared_fields("_case.json")

_REPORTED = "case.reported.v1"


def case_stepped(case: Case, entry: HistoryEntry, told: Sequence[UUID] = ()) -> Message:
    """The message about the step `entry`. `case` is in the state after the step. `told` are the members of staff who hear of
    it."""
    type_ = _REPORTED if entry.action == REPORT else MESSAGES[entry.action]
    return CONTRACTS.message(
        type_,
        aggregate_id=case.id,
        version=case.version,
        community_id=case.community_id,
        occurred_at=entry.at,
        data=_facts(case, entry, told) | _own_facts(type_, case, entry),
    )


def _facts(case: Case, entry: HistoryEntry, told: Sequence[UUID]) -> dict[str, Any]:
    """The fields of `_case.json`: each is the case's attribute of that name, unless it stands here."""
    department = case.department
    elsewhere = {
        "case_id": case.id,
        "channel": case.channel.code,
        "channel_name": case.channel.name,
        "category": case.category.code,
        "category_name": case.category.name,
        "reporter_id": case.named_reporter,
        "department_id": department and department.id,
        "department_name": department and department.name,
        "staff_ids": [str(account_id) for account_id in told],
        "by_handler": case.handler_id is not None and entry.actor_id == case.handler_id,
    }
    return {name: plain(elsewhere[name] if name in elsewhere else getattr(case, name)) for name in _SHARED}


def _own_facts(type_: str, case: Case, entry: HistoryEntry) -> dict[str, Any]:
    """The fields that only this type declares. Each is the case's attribute of that name, except the time of the step, which
    has the name of the type, and who closed the case."""
    elsewhere = {
        f"{type_.split('.')[1]}_at": entry.at,
        "closed_by": "reporter" if entry.actor_id in (None, case.reporter_id) else "staff",
    }
    own = CONTRACTS[type_].schema["properties"].keys() - set(_SHARED)
    return {name: plain(elsewhere[name] if name in elsewhere else getattr(case, name)) for name in own}
