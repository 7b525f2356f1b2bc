"""People in requests of staff: lookup of residents by phone, checks of ids, and names beside ids.

gateway.accounts logs each access to personal data.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import names, residents, subjects, views
from gateway.accounts.phones import normalised
from gateway.accounts.staff import members
from gateway.calls import client
from gateway.directory import storage as directory
from gateway.http import current, idempotency, limits
from gateway.operations import systems

OF_SYSTEMS = frozenset({"system_id", "changed_by_system_id"})
HANDLERS = ("handler_id", "new_handler_id")  # fields that name somebody who handles cases


def check_subjects(payload: Mapping[str, Any]) -> None:
    """Raises InvalidField if staff send a `resident_id` that is not a resident of their community, or one of HANDLERS who does
    not handle cases there, or does not work in the community of the case `case_id`. Raises CaseNotFound."""
    handlers = {name: payload.get(name) for name in HANDLERS}
    subjects.check(current.accounts(), resident_id=payload.get("resident_id"), handlers=handlers)
    if "case_id" in payload and any(handlers.values()) and current.identity().party == "staff":
        # A case never changes its community, so this may be read before the step.
        case = client.cases.get_case(case_id=payload["case_id"])
        subjects.check_works_in(current.accounts(), handlers, case["community_id"])


def nobody_sees(case: Mapping[str, Any]) -> bool:
    """Whether a dispatched case names nobody, and its department has no handler who works in the case's community. Then
    somebody must call the department."""
    if case.get("handler_id") or not case.get("department_id"):
        return False
    with current.accounts().reading() as call:
        department = directory.find_department_by_id(call.session, UUID(case["department_id"]))
        return department is None or not members.has_handlers(call, department.id, case["community_id"])


def look_up_resident(phone: str) -> dict[str, Any]:
    """The resident with this phone, for staff at a counter. Raises Throttled, InvalidField if it is not a phone number,
    NotFound."""
    limits.spend(limits.LOOK_UPS)
    number = normalised(phone)

    def look_up(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return views.of_resident(residents.look_up(call, phone=number), call.personal)

    return idempotency.once(look_up)


def add_system_names(items: Sequence[dict[str, Any]], **columns: str) -> None:
    """Add names of other systems beside their ids: `add_system_names(items, system_id="system_name")`. They are no personal
    data."""
    known = systems.names_of(sorted({item[source] for item in items for source in columns if item.get(source)}))
    for item in items:
        for source, target in columns.items():
            if item.get(source):
                item[target] = known.get(item[source])


def add_names(items: Sequence[dict[str, Any]], **columns: str) -> None:
    """Add names beside ids, for staff: `add_names(items, resident_id="resident_name")`. Other readers get no names. If the
    account has no name, the value is None. The columns in OF_SYSTEMS have ids of other systems."""
    if current.identity().party != "staff":
        return
    add_system_names(items, **{source: columns.pop(source) for source in OF_SYSTEMS & columns.keys()})
    found = {UUID(item[source]) for item in items for source in columns if item.get(source)}
    if not found:
        return
    with current.accounts().transaction() as call:
        known = names.reveal_names(call, found)
    for item in items:
        for source, target in columns.items():
            if item.get(source):
                item[target] = known.get(UUID(item[source]))
