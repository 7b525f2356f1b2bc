"""Who may see and do what."""

from datetime import UTC, datetime
from unittest.mock import Mock
from uuid import UUID

import pytest

from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated
from services.events import access
from services.events.club_events.models import ClubEvent
from services.events.registrations.models import Registration

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ME = "9f5cf9ab-2f0b-5b67-a1f4-4f8f2f7b8f21"
OTHER = "5b7f8d3e-2a7a-5d86-9f1a-0c3a5f3f1e11"


def staff(role: str, community_id: str | None = "liuyi") -> Identity:
    return Identity(account_id=ME, party="staff", roles=frozenset({role}), community_id=community_id)


RESIDENT = Identity(account_id=ME, party="resident", community_id="liuyi")


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (ANONYMOUS, False),
        (RESIDENT, False),
        (staff("grid_worker"), False),
        (staff("clerk"), True),
        (staff("organiser"), True),
        (staff("admin"), True),
        (staff("organiser", "another"), False),
        (staff("organiser", None), True),
    ],
)
def test_who_sees_drafts(who: Identity, sees: bool) -> None:
    draft = ClubEvent(community_id="liuyi", state="draft", published_at=None)
    assert draft.is_seen_by(who) is sees
    published = ClubEvent(community_id="liuyi", state="published", published_at=NOW)
    assert published.is_seen_by(who)


def test_what_is_private_is_not_found_before_it_is_forbidden() -> None:
    draft = ClubEvent(community_id="liuyi", state="draft", published_at=None)
    for who, refusal in ((ANONYMOUS, Unauthenticated), (RESIDENT, NotFound), (staff("clerk"), Forbidden)):
        with pytest.raises(refusal):
            draft.check_organised_by(who)
    draft.check_organised_by(staff("organiser"))


def test_a_registration_is_seen_by_its_resident_by_who_made_it_and_by_the_desk() -> None:
    def registration(resident: str, by: str) -> Registration:
        return Registration(community_id="liuyi", resident_id=UUID(resident), registered_by=UUID(by))

    assert registration(ME, OTHER).is_seen_by(RESIDENT)
    assert registration(OTHER, ME).is_seen_by(staff("grid_worker"))
    assert registration(OTHER, OTHER).is_seen_by(staff("supervisor"))
    for who in (RESIDENT, staff("grid_worker"), staff("handler"), staff("clerk", "another")):
        assert not registration(OTHER, OTHER).is_seen_by(who)
    with pytest.raises(Unauthenticated):
        registration(OTHER, OTHER).is_seen_by(ANONYMOUS)


def test_a_registration_is_cancelled_by_its_resident_by_who_made_it_and_by_those_who_organise() -> None:
    def registration(resident: str, by: str) -> Registration:
        return Registration(community_id="liuyi", resident_id=UUID(resident), registered_by=UUID(by))

    assert registration(ME, OTHER).role_of(RESIDENT) == "resident"
    for helper in (staff("grid_worker"), staff("supervisor")):
        assert registration(OTHER, ME).role_of(helper) == "staff"
    for role in ("organiser", "clerk", "admin"):
        assert registration(OTHER, OTHER).role_of(staff(role)) == "staff"
    for who in (RESIDENT, staff("supervisor"), staff("grid_worker"), staff("clerk", "another")):
        with pytest.raises(Forbidden):
            registration(OTHER, OTHER).role_of(who)


def test_lists_are_of_the_community_asked_for_or_those_that_the_caller_looks_at() -> None:
    call = Call(Mock(), datetime.now(UTC), communities=Communities.only("another"))
    assert access.asked_for(call, "third") == Communities.only("third")
    assert access.asked_for(call, None) == Communities.only("another")
