"""What `events` builds keeps what its contracts promise."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.messaging.contracts import ContractBroken, Message
from services.events.club_events.messages import (
    club_event_cancelled,
    club_event_published,
    club_event_revised,
    session_cancelled,
    session_moved,
)
from services.events.club_events.models import ClubEvent, ClubSession
from services.events.clubs.messages import club_joined, club_left
from services.events.clubs.models import Club, Membership
from services.events.messages import CONTRACTS
from services.events.registrations.messages import (
    registration_cancelled,
    registration_confirmed,
    registration_moved,
    registration_promoted,
    registration_waitlisted,
)
from services.events.registrations.models import Registration
from services.events.rooms.messages import claim_requested, rooms_refused
from services.events.rooms.models import RoomClaim, RoomRefusal, wanted_rooms

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PRIVATE = {"name", "phone", "address", "text", "reason_text", "description", "cancel_reason", "registered_by", "organiser_id"}


def make_club() -> Club:
    return Club(
        community_id="liuyi",
        code="table-tennis",
        name={"zh-CN": "乒乓球社", "en": "Table tennis club"},
        description={"zh-CN": "…"},
        section="neighbour",
        kind="sports",
        members_count=1,
    )


def make_club_event(space_id: UUID | None = None, title: dict[str, str] | None = None) -> ClubEvent:
    club = make_club()
    club_event = ClubEvent(
        community_id="liuyi",
        club=club,
        club_id=club.id,
        section="neighbour",
        title=title or {"zh-CN": "乒乓球趣味赛", "en": "Table tennis for fun"},
        description={"zh-CN": "…"},
        location="一楼乒乓球室",
        space_id=space_id,
        audience="everyone",
        state="draft",
        organiser_id=uuid4(),
        created_at=NOW,
    )
    starts_at = NOW + timedelta(days=2)
    sitting = ClubSession(
        community_id="liuyi",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=8,
        registration_opens_at=NOW,
        registration_closes_at=starts_at,
    )
    club_event.schedule([sitting], NOW)
    return club_event


def make_registration(**more: Any) -> Registration:
    session = make_club_event().sessions[0]
    resident_id = uuid4()
    given = {"state": "confirmed", "seats": 2, "created_at": NOW, **more}
    return Registration(
        community_id="liuyi",
        session=session,
        session_id=session.id,
        resident_id=resident_id,
        registered_by=resident_id,
        **given,
    )


def cancelled() -> Message:
    registration = make_registration()
    registration.cancel(NOW, by="resident")
    return registration_cancelled(registration, NOW, previous_state="confirmed")


def called_off_registration() -> Message:
    registration = make_registration(state="waitlisted", queue_no=1)
    registration.cancel(NOW, by="staff")
    return registration_cancelled(registration, NOW, previous_state="waitlisted", reason="club_event_cancelled")


def membership() -> Membership:
    return Membership(community_id="liuyi", club_id=uuid4(), resident_id=uuid4(), joined_at=NOW)


def waitlisted() -> Message:
    registration = make_registration(state="waitlisted", queue_no=7)
    registration.position = 3
    return registration_waitlisted(registration)


def claim() -> Message:
    club_event = make_club_event(uuid4())
    club_event.await_rooms(NOW)
    claim = RoomClaim(community_id="liuyi", club_event_id=club_event.id, version=0, refusals={})
    claim.ask(NOW)
    return claim_requested(club_event, claim, wanted_rooms(club_event, claim, NOW), NOW)


def refused_rooms() -> Message:
    club_event = make_club_event(uuid4())
    refusal = RoomRefusal(club_event.sessions[0].id, uuid4(), "booking.space_taken", {"zh-CN": "x", "en": "x"}, [], False)
    return rooms_refused(club_event, [refusal], NOW)


def moved() -> Message:
    club_event = make_club_event()
    return session_moved(club_event, club_event.sessions[0], club_event.sessions[0].whereabouts, NOW)


def called_off_session() -> Message:
    club_event = make_club_event()
    return session_cancelled(club_event, club_event.sessions[0], NOW, registrations_cancelled=0)


def moved_registration() -> Message:
    registration = make_registration()
    return registration_moved(registration, registration.session.whereabouts, NOW)


OF_FEATURES = [
    contract for contract in CONTRACTS if contract.type != "events.account_erased.v1"
]  # tests/contracts/test_erasure.py
BUILT = {
    "registration.confirmed.v1": lambda: registration_confirmed(make_registration()),
    "registration.waitlisted.v1": waitlisted,
    "registration.promoted.v1": lambda: registration_promoted(make_registration(queue_no=1), NOW),
    "registration.cancelled.v1": cancelled,
    "registration.cancelled.v1, with its club event": called_off_registration,
    "club_event.published.v1": lambda: club_event_published(make_club_event(), NOW),
    "club_event.published.v1, in a bookable space": lambda: club_event_published(make_club_event(uuid4()), NOW),
    "club_event.published.v1, in Chinese only": lambda: club_event_published(make_club_event(title={"zh-CN": "赛"}), NOW),
    "club_event.cancelled.v1": lambda: club_event_cancelled(make_club_event(), NOW, registrations_cancelled=0),
    "club_event.revised.v1": lambda: club_event_revised(make_club_event(), NOW),
    "club_event.session_moved.v1": moved,
    "club_event.session_cancelled.v1": called_off_session,
    "club_event.claim_requested.v1": claim,
    "club_event.rooms_refused.v1": refused_rooms,
    "registration.moved.v1": moved_registration,
    "club.joined.v1": lambda: club_joined(make_club(), membership(), NOW),
    "club.left.v1": lambda: club_left(make_club(), membership(), NOW),
}


@pytest.mark.parametrize("case", BUILT)
def test_what_is_built_keeps_the_promise(case: str) -> None:
    message = BUILT[case]()
    assert message.type == case.partition(",")[0]
    assert message.contract.source == "events"
    message.contract.check(message.data)


def test_every_contract_has_a_builder() -> None:
    assert {contract.type for contract in OF_FEATURES} == {case.partition(",")[0] for case in BUILT}


@pytest.mark.parametrize("contract", OF_FEATURES, ids=lambda contract: contract.type)
def test_examples_keep_the_promise_and_every_field_is_explained(contract: Any) -> None:
    assert contract.examples
    for example in contract.examples:
        contract.check(example)
    schema = contract.schema
    assert schema["title"] and schema["description"]
    assert schema["additionalProperties"] is False
    assert all(field.get("description") for field in schema["properties"].values())
    # The organiser is the one who is told that there is no room.
    known = {"organiser_id"} if contract.type == "club_event.rooms_refused.v1" else set()
    assert PRIVATE & set(schema["properties"]) == known


@pytest.mark.parametrize("contract", OF_FEATURES, ids=lambda contract: contract.type)
def test_what_misses_a_field_or_adds_one_breaks_the_promise(contract: Any) -> None:
    example = contract.examples[0]
    for field in contract.schema["required"]:
        with pytest.raises(ContractBroken):
            contract.check({name: value for name, value in example.items() if name != field})
    with pytest.raises(ContractBroken):
        contract.check({**example, "phone": "19900000001"})
    with pytest.raises(ContractBroken):
        contract.check({**example, next(name for name in example if name.endswith("_id")): "not an id"})


def test_notify_hears_what_a_resident_must_know() -> None:
    heard = {contract.type for contract in CONTRACTS if "evt-events--notify.tell_of_club_event.v1" in contract.queues}
    assert heard == {type_ for type_ in (c.type for c in CONTRACTS) if type_.startswith("registration.")} | {
        "club_event.cancelled.v1",
        "club_event.rooms_refused.v1",
    }


def test_the_message_carries_the_version_it_made_true() -> None:
    registration = make_registration(state="waitlisted", queue_no=1)
    registration.promote()
    promoted = registration_promoted(registration, NOW)
    registration.cancel(NOW, by="resident")
    gone = registration_cancelled(registration, NOW, previous_state="confirmed")
    assert (promoted.version, gone.version) == (2, 3)
    assert promoted.aggregate_id == gone.aggregate_id == registration.id
