"""Until when residents cancel and move by themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from chassis.rpc.identity import Identity
from services.booking.bookings.models import Booking
from services.booking.bookings.storage import find_booking
from services.booking.interface.refusals import CancelDeadlinePassed, NotCancellable
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, local

DEADLINE = local(MONDAY, "08:00")  # two hours before
AFTER = DEADLINE + timedelta(seconds=1)


@pytest.fixture
def room(centre: Centre) -> Space:
    return centre.add_space(cancel_notice_minutes=120)


def cancel(centre: Centre, booking: Booking, acting: Identity, now: datetime) -> Any:
    return centre.do("cancel_booking", acting, now=now, booking_id=booking.id)


def move(centre: Centre, booking: Booking, acting: Identity, now: datetime) -> Any:
    times = {"starts_at": local(MONDAY, "15:00"), "ends_at": local(MONDAY, "16:00")}
    return centre.do("reschedule_booking", acting, now=now, booking_id=booking.id, **times)


@pytest.mark.parametrize("act", [cancel, move])
def test_residents_are_refused_after_the_deadline(centre: Centre, room: Space, act: Any) -> None:
    booking = centre.book("10:00", "11:00", space=room)
    with pytest.raises(CancelDeadlinePassed) as refused:
        act(centre, booking, centre.wang, AFTER)
    assert refused.value.details == {"cancel_notice_minutes": 120}
    assert "2 hours" in refused.value.text("en") and "2小时" in refused.value.text("zh-CN")
    assert len(centre.published()) == 1
    act(centre, booking, centre.wang, DEADLINE)


@pytest.mark.parametrize("act", [cancel, move])
def test_staff_help_until_it_starts(centre: Centre, room: Space, act: Any) -> None:
    act(centre, centre.book("10:00", "11:00", space=room), centre.clerk, AFTER)


def test_a_booking_that_has_started_is_refused_as_before(centre: Centre, room: Space) -> None:
    booking = centre.book("10:00", "11:00", space=room)
    with pytest.raises(NotCancellable):
        cancel(centre, booking, centre.wang, local(MONDAY, "10:00"))


def test_a_move_to_a_space_with_a_deadline_does_not_count_its_deadline(centre: Centre, room: Space) -> None:
    """What counts is what the resident agreed to: the deadline of the space that the booking is in."""
    booking = centre.book("10:00", "11:00")
    times = {"starts_at": local(MONDAY, "10:00"), "ends_at": local(MONDAY, "11:00")}
    about = {"booking_id": booking.id, "space_id": room.id}
    assert centre.do("reschedule_booking", centre.wang, now=AFTER, **about, **times).space_id == room.id


def test_the_steps_that_are_offered(centre: Centre, room: Space) -> None:
    booking = centre.book("10:00", "11:00", space=room)
    with centre.call() as call:
        stored = find_booking(call.session, booking.id)
        assert stored is not None and stored.free_until == DEADLINE
        assert {"cancel", "move"} <= set(stored.can(centre.wang, DEADLINE))
        assert stored.can(centre.wang, AFTER) == ["change_attendees", "change_purpose", "change_equipment"]
        assert {"cancel", "move"} <= set(stored.can(centre.clerk, AFTER))


@pytest.mark.parametrize("minutes", [-1, 43_201])
def test_the_database_refuses_other_lengths(centre: Centre, minutes: int) -> None:
    with pytest.raises(IntegrityError):
        centre.add_space(cancel_notice_minutes=minutes)


@pytest.mark.parametrize(("minutes", "length"), [(2880, "2 days"), (1440, "1 day"), (90, "90 minutes"), (60, "1 hour")])
def test_lengths_are_said_in_whole_units(minutes: int, length: str) -> None:
    assert length in CancelDeadlinePassed(cancel_notice_minutes=minutes).text("en")
