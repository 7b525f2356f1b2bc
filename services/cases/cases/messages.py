"""The messages that cases publishes: one for every step of a case. They hold ids, times, states and public names only."""

from pathlib import Path
from typing import Any

from chassis.messaging.contracts import Contracts, Message, plain
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.workflow import MESSAGES, REPORT

CONTRACTS = Contracts(Path(__file__).parent.parent / "contracts", source="cases")
_SHARED = CONTRACTS.shared_fields("_case.json")

_REPORTED = "case.reported.v1"


def case_stepped(case: Case, entry: HistoryEntry) -> Message:
    """The message about the step `entry`. `case` is in the state after the step."""
    type_ = _REPORTED if entry.action == REPORT else MESSAGES[entry.action]
    return CONTRACTS.message(
        type_,
        aggregate_id=case.id,
        version=case.version,
        community_id=case.community_id,
        occurred_at=entry.at,
        data=_facts(case) | _own_facts(type_, case, entry),
    )


def _facts(case: Case) -> dict[str, Any]:
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
