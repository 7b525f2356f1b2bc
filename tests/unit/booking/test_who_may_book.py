"""Whom a space is open to."""

from uuid import uuid4

import pytest

from chassis.rpc.identity import ANONYMOUS, Identity
from services.booking.interface.refusals import NotForYourCommunity
from services.booking.interface.spaces import OPEN_TO
from services.booking.spaces.models import Space
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local


def space_open_to(open_to: str, *neighbours: str) -> Space:
    """Of liuyi, with the copies of the directory saying which communities are in its sub-district."""
    space = example_space(open_to=open_to)
    space.neighbours = list(neighbours) or None
    return space


def resident(community_id: str | None) -> Identity:
    return Identity(account_id=str(uuid4()), party="resident", community_id=community_id)


def staff(community_id: str | None, *roles: str) -> Identity:
    return Identity(account_id=str(uuid4()), party="staff", community_id=community_id, roles=frozenset(roles))


@pytest.mark.parametrize(
    ("open_to", "admitted"),
    [
        ("community", {"liuyi"}),
        ("sub_district", {"liuyi", "qingzhen"}),
        ("district", {"liuyi", "qingzhen", "xinhua", None}),
    ],
)
def test_residents_of_these_communities_may_book(open_to: str, admitted: set[str | None]) -> None:
    space = space_open_to(open_to, *(("liuyi", "qingzhen") if open_to == "sub_district" else ()))
    assert {name for name in ("liuyi", "qingzhen", "xinhua", None) if space.is_open_to(resident(name))} == admitted
    assert space.open_to_communities == (None if open_to == "district" else sorted(filter(None, admitted)))


def test_without_copies_a_sub_district_is_the_own_community_alone() -> None:
    space = space_open_to("sub_district")
    assert space.open_to_communities == ["liuyi"]
    assert not space.is_open_to(resident("qingzhen"))


@pytest.mark.parametrize(
    ("acting", "open_"),
    [
        (staff("liuyi", "clerk"), True),
        (staff("liuyi", "handler"), True),  # a person of the community, like any other
        (staff(None, "clerk"), True),  # works in the whole district
        (staff(None, "admin"), True),
        (staff(None, "handler"), False),
        (staff("qingzhen", "clerk"), False),
        (staff("qingzhen", "admin"), False),
        (ANONYMOUS, False),
    ],
)
def test_those_who_book_for_residents_there_decide_by_themselves(acting: Identity, open_: bool) -> None:
    assert space_open_to("community").is_open_to(acting) is open_


def test_the_refusal_says_who_may() -> None:
    with pytest.raises(NotForYourCommunity) as refused:
        space_open_to("sub_district").check_open_to(resident("xinhua"))
    assert refused.value.details == {"open_to": "sub_district"}
    for language in ("zh-CN", "en"):
        assert OPEN_TO.labels["sub_district"][language] in refused.value.text(language)


def test_a_booking_of_a_space_that_is_closed_to_its_owner_now_can_be_cancelled_but_not_moved() -> None:
    booking = example_booking(space_open_to("community"), local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    moved_away = Identity(account_id=str(booking.resident_id), party="resident", community_id="xinhua")
    assert booking.can(moved_away, NOW) == ["cancel", "change_attendees", "change_purpose", "change_equipment"]
