from datetime import datetime
from typing import Any

import pytest

from chassis.rpc.refusal import Forbidden, NotFound, Refusal
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import Closed, NotReschedulable, OverCapacity, SpaceTaken
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, NOW, local


def move(
    centre: Centre, booking: Booking, start: str, end: str, acting: Any = None, *, now: datetime = NOW, **more: Any
) -> Any:
    times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
    return centre.do("reschedule_booking", acting or centre.wang, now=now, booking_id=booking.id, **times, **more)


def test_a_moved_booking_claims_its_new_time_frees_the_old_and_tells_both(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    moved = move(centre, booking, "15:00", "16:30")
    assert (moved.version, moved.starts_at, moved.ends_at) == (2, local(MONDAY, "15:00"), local(MONDAY, "16:30"))
    (claim,) = centre.claims()
    assert (claim.during.lower, claim.during.upper) == (moved.starts_at, moved.ends_at)
    row = centre.published()[-1]
    assert (row.type, row.version, row.aggregate_id) == ("booking.rescheduled.v1", 2, booking.id)
    told = {name: datetime.fromisoformat(row.data[name]) for name in row.data if name.endswith("_at")}
    assert told == {
        "starts_at": moved.starts_at,
        "ends_at": moved.ends_at,
        "previous_starts_at": local(MONDAY, "10:00"),
        "previous_ends_at": local(MONDAY, "11:00"),
    }
    centre.book("10:00", "11:00", centre.li)


def test_it_may_overlap_its_own_old_time(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    assert move(centre, booking, "10:30", "11:30").starts_at == local(MONDAY, "10:30")


def test_a_whole_moves_with_all_its_parts(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    parts = {centre.add_space(parent_id=hall.id).id for _ in range(3)}
    move(centre, centre.book("10:00", "11:00", space=hall), "15:00", "16:00")
    assert {claim.resource_id for claim in centre.claims()} == parts
    assert {claim.during.lower for claim in centre.claims()} == {local(MONDAY, "15:00")}


def test_a_taken_time_leaves_everything_as_it_was_and_offers_others(centre: Centre) -> None:
    booking, other = centre.book("10:00", "11:00"), centre.book("15:00", "16:00", centre.li)
    with pytest.raises(SpaceTaken) as refused:
        move(centre, booking, "15:30", "16:30")
    assert refused.value.details["alternatives"][0]["starts_at"] == local(MONDAY, "16:00").isoformat()
    stored = centre.stored(booking.id)
    assert stored is not None and (stored.version, stored.starts_at) == (1, local(MONDAY, "10:00"))
    assert {(claim.booking_id, claim.during.lower) for claim in centre.claims()} == {
        (booking.id, local(MONDAY, "10:00")),
        (other.id, local(MONDAY, "15:00")),
    }
    assert len(centre.published()) == 2


def test_a_move_to_where_it_is_changes_and_tells_nothing(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    assert move(centre, booking, "10:00", "11:00").version == 1
    assert len(centre.published()) == 1


def test_the_rules_hold_for_moves_too(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00", attendees=3)
    with pytest.raises(Closed):
        move(centre, booking, "12:00", "13:00")
    with centre.call() as call:
        call.session.get_one(type(centre.court), centre.court.id).capacity = 2
    with pytest.raises(OverCapacity):
        move(centre, booking, "15:00", "16:00")


def test_what_has_started_or_was_cancelled_cannot_be_moved(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    with pytest.raises(NotReschedulable):
        move(centre, booking, "15:00", "16:00", now=local(MONDAY, "10:30"))
    centre.do("cancel_booking", centre.wang, booking_id=booking.id)
    with pytest.raises(NotReschedulable):
        move(centre, booking, "15:00", "16:00")


def test_only_its_resident_and_helpers_move_it_from_the_version_they_saw(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    with pytest.raises(NotFound):
        move(centre, booking, "15:00", "16:00", centre.li)
    with pytest.raises(Forbidden):
        move(centre, booking, "15:00", "16:00", person("supervisor"))
    with pytest.raises(Refusal) as refused:
        move(centre, booking, "15:00", "16:00", expected_version=7)
    assert refused.value.kind == "precondition"
    assert move(centre, booking, "15:00", "16:00", person("grid_worker"), expected_version=1).version == 2
