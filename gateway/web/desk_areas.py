"""The areas of the desk, and where each role begins its work after signing in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from chassis.rpc.identity import Identity

CASES = ("clerk", "grid_worker", "handler", "mediator", "supervisor")
BOOKINGS = ("clerk", "supervisor", "grid_worker", "organiser")
EVENTS = ("organiser", "supervisor", "clerk")
RESIDENTS = ("clerk", "grid_worker")
STATISTICS = ("supervisor", "admin", "clerk", "organiser")


@dataclass(frozen=True, slots=True)
class Area:
    """A tab of the desk. `key` follows `g` on the keyboard. `new` is where its new thing is entered, for the roles that may."""

    code: str
    name: Any
    endpoint: str
    roles: Sequence[str]
    key: str
    new: str = ""
    makers: Sequence[str] = ()

    def address(self, me: Identity) -> str:
        """Its first page for this person: for cases, their own work."""
        view = CASES_OF.get(_first_role(me, self.roles)) if self.code == "desk-cases" else None
        return url_for(self.endpoint, view=view)


AREAS = (
    Area("desk-bookings", _l("预约"), "pages.desk_bookings", BOOKINGS, "b", "pages.desk_bookings", RESIDENTS),
    Area("desk-counters", _l("窗口"), "pages.desk_counters", BOOKINGS, "w"),
    Area("desk-cases", _l("事项"), "pages.desk_cases", CASES, "c", "pages.report_case", CASES),
    Area("desk-events", _l("活动"), "pages.desk_events", EVENTS, "e", "pages.new_club_event", ("organiser",)),
    Area("desk-residents", _l("居民"), "pages.desk_residents", RESIDENTS, "r", "pages.desk_residents", RESIDENTS),
    Area("desk-statistics", _l("统计"), "pages.desk_statistics", STATISTICS, "s"),
    Area("admin", _l("管理"), "pages.admin", ("admin",), "a"),
)
_NEW_ANCHORS = {"desk-bookings": "proxy", "desk-residents": "new"}
# The area in which a role begins. With several roles the first one counts: people at a counter come before what can
# wait, and administration comes last.
FIRST: Mapping[str, str] = MappingProxyType(
    {
        "clerk": "desk-bookings",
        "handler": "desk-cases",
        "mediator": "desk-cases",
        "grid_worker": "desk-cases",
        "organiser": "desk-events",
        "supervisor": "desk-cases",
        "admin": "admin",
    }
)
# The view of the cases with which a role begins (gateway.web.pages.desk_cases).
CASES_OF: Mapping[str, str] = MappingProxyType(
    {"handler": "mine", "mediator": "mine", "grid_worker": "grids", "supervisor": "overdue"}
)


def of(me: Identity) -> list[Area]:
    """The areas in which this member of staff can work. None for residents."""
    return [area for area in AREAS if me.has_role(*area.roles)] if me.party == "staff" else []


def first(me: Identity) -> str | None:
    """The address where this member of staff begins to work. None for residents."""
    code = FIRST.get(_first_role(me, tuple(FIRST)))
    areas = of(me)
    found = next((area for area in areas if area.code == code), areas[0] if areas else None)
    return found.address(me) if found else None


def new_address(code: str, me: Identity) -> str:
    """Where the new thing of the area `code` is entered. Empty if the person may not, or if the area has none."""
    area = next((area for area in AREAS if area.code == code and area.new), None)
    if area is None or not me.has_role(*area.makers):
        return ""
    return url_for(area.new, _anchor=_NEW_ANCHORS.get(code))


def _first_role(me: Identity, roles: Sequence[str]) -> str:
    """The first role in the order of FIRST that the person has been given, among `roles`. An admin who has no other role gets
    none of theirs."""
    return next((role for role in FIRST if role in me.roles and role in roles), "")
