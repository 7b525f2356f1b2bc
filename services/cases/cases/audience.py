"""Which members of staff hear of a step. One table, by the name of the step; ADR 0095 has the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from chassis.rpc.call import Call
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.workflow import DISSATISFIED, HANDLER_LEFT, REPORT
from services.cases.reference.models import Department, StaffMember

MOST: Final = 200  # accounts that one message names


class Audience(StrEnum):
    """The handler to whom a case was dispatched is not here: notify tells the `handler_id` of the message."""

    DESK = "desk"  # the clerks of the community
    SUPERVISORS = "supervisors"  # of the community
    DEPARTMENT = "department"  # the handlers of the department that has the case, or had it before the step, and its handler
    HOLDERS = "holders"  # the handlers of the department, if the case names no handler
    DESK_OF_UNDISPATCHED = "desk_of_undispatched"  # the clerks, if no department has the case


HEARS: Final[Mapping[str, tuple[Audience, ...]]] = {
    REPORT: (Audience.DESK,),
    "dispatch": (Audience.HOLDERS,),
    "return": (Audience.DESK,),
    HANDLER_LEFT.name: (Audience.DESK,),
    "reopen": (Audience.DESK, Audience.SUPERVISORS, Audience.DEPARTMENT),
    "object": (Audience.SUPERVISORS, Audience.DEPARTMENT),
    DISSATISFIED.name: (Audience.SUPERVISORS, Audience.DEPARTMENT),
    "uphold": (Audience.DEPARTMENT,),
    "answer": (Audience.HOLDERS, Audience.DESK_OF_UNDISPATCHED),
    "suspend": (Audience.HOLDERS,),
    "resume": (Audience.HOLDERS,),
    "withdraw": (Audience.HOLDERS,),
    "void": (Audience.HOLDERS,),
}


@dataclass(frozen=True, slots=True)
class Holding:
    """Who has a case: a department, or one of its handlers, or nobody."""

    department: Department | None = None
    handler_id: UUID | None = None

    @classmethod
    def of(cls, case: Case) -> "Holding":
        return cls(case.department, case.handler_id)


def staff_hearing(call: Call, case: Case, entry: HistoryEntry, before: Holding) -> list[UUID]:
    """The accounts that hear of the step `entry`, sorted; never the one who took it. `before` is who had the case before the
    step. More than MOST are cut off."""
    wanted = HEARS.get(entry.action, ())
    now = Holding.of(case)
    holding = now if now.department is not None else before
    grounds = [ground for one in wanted if (ground := _ground(one, now, holding)) is not None]
    found: set[UUID] = set()
    if grounds:
        here = or_(StaffMember.communities.is_(None), StaffMember.communities.contains([case.community_id]))
        statement = select(StaffMember.id).where(StaffMember.active, here, or_(*grounds))
        found = set(call.session.scalars(statement.order_by(StaffMember.id).limit(MOST)))
    if Audience.DEPARTMENT in wanted and holding.handler_id is not None:
        found.add(holding.handler_id)
    # Not the caller's account: who reports anonymously must not be missing here.
    return sorted(found - {entry.actor_id})


def _ground(audience: Audience, now: Holding, holding: Holding) -> ColumnElement[bool] | None:
    """The condition of the accounts; None for nobody."""
    if audience is Audience.DESK or (audience is Audience.DESK_OF_UNDISPATCHED and now.department is None):
        return StaffMember.roles.contains(["clerk"])
    if audience is Audience.SUPERVISORS:
        return StaffMember.roles.contains(["supervisor"])
    if audience is Audience.DEPARTMENT and holding.department is not None:
        return _handlers_of(holding.department)
    if audience is Audience.HOLDERS and now.department is not None and now.handler_id is None:
        return _handlers_of(now.department)
    return None


def _handlers_of(department: Department) -> ColumnElement[bool]:
    return StaffMember.roles.contains(["handler"]) & StaffMember.departments.contains([department.code])
