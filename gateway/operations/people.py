"""People in requests of staff: lookup of residents by phone, checks of ids, and names beside ids.

gateway.accounts logs each access to personal data.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import names, residents, subjects, views
from gateway.accounts.phones import normalised
from gateway.http import current, idempotency, limits

HANDLERS = ("handler_id", "new_handler_id")  # fields that name somebody who handles cases


def check_subjects(payload: Mapping[str, Any]) -> None:
    """Raises InvalidField if staff send a `resident_id` that is not a resident of their community, or one of
    HANDLERS who does not handle cases there."""
    subjects.check(
        current.accounts(), resident_id=payload.get("resident_id"), handlers={name: payload.get(name) for name in HANDLERS}
    )


def look_up_resident(phone: str) -> dict[str, Any]:
    """The resident with this phone, for staff at a counter. Raises Throttled, InvalidField if it is not a phone number,
    NotFound."""
    limits.spend(limits.LOOK_UPS)
    number = normalised(phone)

    def look_up(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return views.of_resident(residents.look_up(call, phone=number), call.personal)

    return idempotency.once(look_up)


def add_names(items: Sequence[dict[str, Any]], **columns: str) -> None:
    """Add names beside ids, for staff: `add_names(items, resident_id="resident_name")`. Other readers get no names. If the
    account has no name, the value is None."""
    if current.identity().party != "staff":
        return
    found = {UUID(item[source]) for item in items for source in columns if item.get(source)}
    if not found:
        return
    with current.accounts().transaction() as call:
        known = names.reveal_names(call, found)
    for item in items:
        for source, target in columns.items():
            if item.get(source):
                item[target] = known.get(UUID(item[source]))
