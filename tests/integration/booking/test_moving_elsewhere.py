"""A booking moves to another space of its community."""

from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.database.engine import transaction
from chassis.rpc.refusal import InvalidField, NotFound, Refusal
from services.booking.bookings.models import Booking
from services.booking.calendar.models import CalendarRevision
from services.booking.interface.refusals import Closed, NotForYourCommunity, OverCapacity, SpaceTaken
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, daily, local


def move(centre: Centre, booking: Booking, space_id: UUID, start: str = "10:00", end: str = "11:00", **more: Any) -> Any:
    times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    acting = more.pop("acting", centre.wang)
    return centre.do("reschedule_booking", acting, booking_id=booking.id, space_id=space_id, **times, **more)


def claimed(centre: Centre) -> set[tuple[UUID, UUID | None]]:
    return {(claim.resource_id, claim.booking_id) for claim in centre.claims()}


def test_it_claims_the_other_space_and_frees_its_own(centre: Centre) -> None:
    other, booking = centre.add_space(name={"zh-CN": "二号场", "en": "Court 2"}), centre.book("10:00", "11:00")
    moved = move(centre, booking, other.id)
    assert (moved.space_id, moved.version, moved.space.name["en"]) == (other.id, 2, "Court 2")
    assert claimed(centre) == {(other.id, booking.id)}
    message = centre.published()[-1]
    assert (message.type, message.data["space_id"]) == ("booking.rescheduled.v1", str(other.id))
    assert message.data["previous_space_id"] == str(centre.court.id)
    assert message.data["previous_space_name"] == centre.court.name
    centre.book("10:00", "11:00", centre.li)


def test_the_same_place_and_time_changes_nothing(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    assert move(centre, booking, centre.court.id).version == 1
    assert [row.type for row in centre.published()] == ["booking.confirmed.v1"]


def test_a_part_moves_to_the_whole_that_it_is_in(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    parts = [centre.add_space(parent_id=hall.id) for _ in range(2)]
    booking = centre.book("10:00", "11:00", space=parts[0])
    move(centre, booking, hall.id)
    assert claimed(centre) == {(part.id, booking.id) for part in parts}


@pytest.mark.parametrize(
    ("rules", "refusal"),
    [
        ({"capacity": 1}, OverCapacity),
        ({"opening_hours": daily("14:00-18:00")}, Closed),
        ({"open_to": "community", "community_id": "liuyi"}, NotForYourCommunity),
    ],
    ids=["too small", "closed", "for others"],
)
def test_the_rules_of_the_other_space_count(centre: Centre, rules: dict[str, Any], refusal: type[Refusal]) -> None:
    visitor = person(community="yuxin")
    booking = centre.book("10:00", "11:00", visitor, attendees=4)
    other = centre.add_space(**rules)
    with pytest.raises(refusal):
        move(centre, booking, other.id, acting=visitor)
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.space_id, stored.version) == (centre.court.id, 1)


def test_a_taken_space_offers_others(centre: Centre) -> None:
    other, booking = centre.add_space(), centre.book("10:00", "11:00")
    centre.book("10:00", "11:00", centre.li, space=other)
    with pytest.raises(SpaceTaken) as refused:
        move(centre, booking, other.id)
    assert refused.value.details["alternatives"]
    assert (centre.court.id, booking.id) in claimed(centre)


def test_a_space_in_another_community_is_refused(centre: Centre) -> None:
    booking, far = centre.book("10:00", "11:00"), centre.add_space(community_id="yuxin")
    with transaction(centre.engine) as session:
        session.merge(CalendarRevision(community_id="yuxin", revision=uuid4()))
    with pytest.raises(InvalidField) as refused:
        move(centre, booking, far.id)
    (error,) = refused.value.details_for("en")["errors"]
    assert (error["field"], error["code"]) == ("space_id", "in_another_community")


def test_an_unknown_space_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFound):
        move(centre, centre.book("10:00", "11:00"), uuid4())


def test_two_that_swap_their_spaces_do_not_block_each_other(centre: Centre) -> None:
    """Each wants what the other has: both are refused, or one was first; nobody waits for ever."""
    other = centre.add_space()
    mine, theirs = centre.book("10:00", "11:00"), centre.book("10:00", "11:00", centre.li, space=other)
    start, outcomes = Barrier(2), []

    def swap(booking: Booking, space_id: UUID, acting: Any) -> None:
        start.wait()
        try:
            move(centre, booking, space_id, acting=acting)
            outcomes.append("moved")
        except SpaceTaken:
            outcomes.append("taken")

    threads = [
        Thread(target=swap, args=(mine, other.id, centre.wang)),
        Thread(target=swap, args=(theirs, centre.court.id, centre.li)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["taken", "taken"]
    assert claimed(centre) == {(centre.court.id, mine.id), (other.id, theirs.id)}


def test_a_refused_move_leaves_the_other_space_as_it_was_for_everybody(centre: Centre) -> None:
    """Found by the race: a refused move broke the cached timetable of the other space, and booking it was an error for all."""
    other, booking = centre.add_space(), centre.book("10:00", "11:00")
    centre.book("10:00", "11:00", centre.li, space=other)
    centre.add_space()  # the calendar has changed, so timetables are loaded and cached anew
    with pytest.raises(SpaceTaken):
        move(centre, booking, other.id)
    centre.book("11:00", "12:00", centre.li, space=other)
