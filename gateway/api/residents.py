"""Residents for whom staff act, and how to reach who booked or reported. Each access to personal data is logged."""

from typing import Any
from uuid import UUID

from gateway.accounts.interface.residents import (
    ChangeResident,
    Contact,
    KnownResident,
    LookUpResident,
    MoveResident,
    NewResident,
    Resident,
)
from gateway.accounts.names import Person
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, created
from gateway.api.resource import Resource as ApiResource
from gateway.consents.interface import Agree, Consent
from gateway.erasure.interface import ERASURE, RequestErasure
from gateway.operations import consents, erasure, people
from gateway.operations import residents as operations
from gateway.refusals.own_data import ConsentNotGiven, ErasureNotRequested, ErasureRequested, NoNotice
from gateway.refusals.residents import AccountIsClaimed, PhoneInUse

residents = ApiResource("residents", "居民 · Residents for whom staff act")
_CLERKS, _DESK = access.staff(*operations.CLERKS), access.staff(*operations.DESK)
_ONE = "/residents/<uuid:account_id>"


@residents.post(
    "/residents/lookup",
    "Find a resident by phone",
    status=200,
    body=LookUpResident(),
    answer=Resident(),
    needs=access.staff("clerk", "grid_worker"),
    refuses=(404, 429),
    description="For booking or registering for a person at the counter. Each lookup is logged.",
)
def look_up_resident(body: dict[str, Any]) -> dict[str, Any]:
    return people.look_up_resident(body["phone"])


@residents.post(
    "/residents",
    "Add a resident",
    body=NewResident(),
    answer=KnownResident(),
    needs=_CLERKS,
    refuses=(PhoneInUse, 429),
    links=links("account_id", "getResident", "changeResident"),
    description="For people who do not sign in themselves, such as elders and children. Somebody who signs in later with "
    "`phone` takes the account over.",
)
def add_resident(body: dict[str, Any]) -> Answer:
    return created(operations.add(body), "/residents")


@residents.get(_ONE, "Read a resident", answer=KnownResident(), needs=_CLERKS, description="The access is logged.")
def get_resident(account_id: UUID) -> dict[str, Any]:
    return operations.read(account_id)


@residents.put(
    _ONE,
    "Change what staff have entered about a resident",
    body=ChangeResident(),
    answer=KnownResident(),
    needs=_CLERKS,
    versioned=True,
    refuses=(PhoneInUse, AccountIsClaimed, 429),
)
def change_resident(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return operations.change(account_id, body, expected_version().get("expected_version"))


@residents.put(
    f"{_ONE}/community",
    "Move a resident to another community",
    body=MoveResident(),
    answer=KnownResident(),
    needs=_CLERKS,
    description="Logged. Bookings and registrations stay.",
)
def move_resident(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return operations.move(account_id, body["community_id"])


@residents.post(
    f"{_ONE}/consents",
    "Record that a resident agrees to the privacy notice",
    body=Agree(),
    answer=Consent(),
    needs=_CLERKS,
    refuses=[NoNotice],
    description="For a resident at the counter, who was told the notice and said so.",
)
def record_consent(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return consents.record(account_id, **body)


@residents.delete(
    f"{_ONE}/consents",
    "Record that a resident withdraws their consent",
    needs=_CLERKS,
    refuses=[ConsentNotGiven],
    description="For a resident at the counter who said so. All consents of the account. Logged; the resident is told.",
)
def record_withdrawal(account_id: UUID) -> Answer:
    consents.record_withdrawal(account_id)
    return NO_CONTENT


@residents.post(
    f"{_ONE}/erasure",
    "Ask for the erasure of a resident's account",
    body=RequestErasure(),
    answer=ERASURE,
    needs=_CLERKS,
    refuses=[ErasureRequested],
    description="On behalf of the resident. Logged with the reason; the resident is told. Give them the number of the receipt.",
)
def request_erasure_for(body: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    return erasure.request_for(account_id, body["reason"])


@residents.delete(
    f"{_ONE}/erasure", "Keep a resident's account", needs=_CLERKS, refuses=[ErasureNotRequested], description="Logged."
)
def keep_account_for(account_id: UUID) -> Answer:
    erasure.keep_for(account_id)
    return NO_CONTENT


@residents.post(
    "/bookings/<uuid:booking_id>/contact",
    "See who booked and how to reach them",
    status=200,
    answer=Contact(),
    needs=_DESK,
    description="The access is logged, and the person can see it (GET /me/reveals).",
)
def reveal_booking_contact(booking_id: UUID) -> dict[str, Any]:
    return _contact(operations.contact_of_booking(booking_id))


@residents.post(
    "/cases/<uuid:case_id>/contact",
    "See who reported a case and how to reach them",
    status=200,
    answer=Contact(),
    needs=_DESK,
    description="The access is logged, and the person can see it (GET /me/reveals). 404 if the reporter is unnamed.",
)
def reveal_case_contact(case_id: UUID) -> dict[str, Any]:
    return _contact(operations.contact_of_case(case_id))


def _contact(person: Person) -> dict[str, Any]:
    return {
        "name": person.name or None,
        "phone": person.phone or None,
        "is_own_phone": person.is_own_phone,
        "others": [{"phone": phone, "is_own_phone": is_own} for phone, is_own in person.others],
    }
