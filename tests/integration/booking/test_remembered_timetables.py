"""A space's timetable is read once, and never relied on when anything that it is made of has changed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal
from services.booking.bookings import storage
from services.booking.bookings.models import Booking, Claim
from services.booking.bookings.use_cases.book_space import find_timetable, new_booking
from services.booking.calendar.models import CalendarDay, Community, SpaceException
from services.booking.interface.refusals import Closed, OffGrid, OverCapacity, TooFar
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import MONDAY, NOW, local

Change = Callable[[Space, Space], Any]  # of a whole and one of its parts: a statement, or a row


def statements_of(centre: Centre, act: Callable[[], Any]) -> list[str]:
    found: list[str] = []

    def note(*arguments: Any) -> None:
        found.append(arguments[2].split(maxsplit=1)[0])

    event.listen(centre.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(centre.engine, "before_cursor_execute", note)
    return found


def test_the_second_booking_reads_nothing(centre: Centre) -> None:
    assert len(statements_of(centre, lambda: centre.book("10:00", "11:00"))) == 3  # timetable; booking; message
    assert len(statements_of(centre, lambda: centre.book("11:00", "12:00"))) == 2


def change(centre: Centre, what: Any) -> None:
    with transaction(centre.engine) as session:
        if hasattr(what, "__tablename__"):
            session.add(what)
        else:
            session.execute(what)


HOLIDAY = {"community_id": "liuyi", "day": MONDAY, "kind": "holiday", "name": {"zh-CN": "停电"}, "source": "测试"}
CHANGES: dict[str, tuple[Change, type[Refusal]]] = {
    "the space": (lambda whole, part: update(Space).where(Space.id == whole.id).values(capacity=1), OverCapacity),
    "an exception": (lambda whole, part: SpaceException(space_id=whole.id, day=MONDAY, community_id="liuyi", hours=[]), Closed),
    "a part's exception": (
        lambda whole, part: SpaceException(space_id=part.id, day=MONDAY, community_id="liuyi", hours=[]), Closed
    ),
    "a holiday": (lambda whole, part: CalendarDay(**HOLIDAY), Closed),
    "the time zone": (lambda whole, part: Community(id="liuyi", time_zone="Asia/Kathmandu"), OffGrid),
    "the horizon": (lambda whole, part: update(Space).where(Space.id == whole.id).values(horizon_days=0), TooFar),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_holds_for_the_next_booking(centre: Centre, what: str) -> None:
    whole = centre.add_space(divisible=True)
    part = centre.add_space(parent_id=whole.id)
    centre.book("10:00", "11:00", space=whole)
    changed, refusal = CHANGES[what]
    change(centre, changed(whole, part))
    with pytest.raises(refusal):
        centre.book("11:00", "12:00", space=whole, attendees=2)


def test_what_a_remembered_timetable_refuses_is_looked_at_again(centre: Centre) -> None:
    closed = SpaceException(space_id=centre.court.id, day=MONDAY, community_id="liuyi", hours=[])
    change(centre, closed)
    with pytest.raises(Closed):
        centre.book("10:00", "11:00")
    with pytest.raises(Closed):
        centre.book("10:00", "11:00")
    change(centre, delete(SpaceException))
    assert centre.book("10:00", "11:00").state == "confirmed"


def test_a_new_part_is_claimed_with_its_whole(centre: Centre) -> None:
    whole = centre.add_space(divisible=True)
    parts = [centre.add_space(parent_id=whole.id)]
    centre.book("10:00", "11:00", space=whole)
    parts.append(centre.add_space(parent_id=whole.id))
    booking = centre.book("11:00", "12:00", space=whole)
    with transaction(centre.engine) as session:
        claimed = session.scalars(select(Claim.space_id).where(Claim.booking_id == booking.id)).all()
    assert sorted(claimed) == sorted(part.id for part in parts)


def test_a_change_between_reading_and_writing_leaves_nothing(centre: Centre) -> None:
    with centre.call(centre.wang) as call:
        times = local(MONDAY, "10:00"), local(MONDAY, "11:00")
        timetable = find_timetable(call, centre.court.id, *times)
        change(centre, update(Space).where(Space.id == centre.court.id).values(capacity=1))
        about = {"resident_id": centre.court.id, "booked_by": centre.court.id, "attendees": 4, "created_at": NOW}
        booking = new_booking(timetable.space, *times, **about)
        assert storage.insert_booking(call.session, booking, timetable) == "changed"
    with transaction(centre.engine) as session:
        assert session.scalars(select(Booking.id)).all() == session.scalars(select(Claim.booking_id)).all() == []


def test_far_days_are_read_when_asked_for(centre: Centre) -> None:
    hall, far = centre.add_space(horizon_days=300), MONDAY + timedelta(days=200)
    for start, end in (("10:00", "11:00"), ("11:00", "12:00")):
        assert len(statements_of(centre, partial(centre.book, start, end, space=hall, day=far))) == 3
