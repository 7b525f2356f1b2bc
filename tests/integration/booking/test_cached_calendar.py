"""The calendar caches what was read of it, and a cached entry is never relied on when anything of its community has changed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import delete, event, select, text, update

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal
from services.booking.availability.use_cases import get_centre_availability
from services.booking.base import Base
from services.booking.bookings import storage
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.book_space import new_booking
from services.booking.calendar.cache import cache_of
from services.booking.calendar.models import CalendarDay, Community, SpaceException
from services.booking.calendar.revision import CalendarChanged
from services.booking.interface.refusals import Closed, OffGrid, OverCapacity, PartClosed, TooFar
from services.booking.ledger.models import Claim
from services.booking.spaces.models import Space
from services.booking.spaces.storage import find_timetable, timetables
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
    assert len(statements_of(centre, lambda: centre.book("10:00", "11:00"))) == 4  # timetable; limits; booking; message
    assert len(statements_of(centre, lambda: centre.book("11:00", "12:00"))) == 2


def change(centre: Centre, what: Any) -> None:
    with transaction(centre.engine) as session:
        if isinstance(what, Base):
            session.add(what)
        else:
            session.execute(what)


HOLIDAY = {"community_id": "liuyi", "day": MONDAY, "kind": "holiday", "name": {"zh-CN": "停电"}, "source": "测试"}
CHANGES: dict[str, tuple[Change, type[Refusal]]] = {
    "the space": (lambda whole, part: update(Space).where(Space.id == whole.id).values(capacity=1), OverCapacity),
    "an exception": (lambda whole, part: SpaceException(space_id=whole.id, day=MONDAY, community_id="liuyi", hours=[]), Closed),
    "a part's exception": (
        lambda whole, part: SpaceException(space_id=part.id, day=MONDAY, community_id="liuyi", hours=[]), PartClosed
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


def test_what_the_cached_calendar_refuses_is_looked_at_again(centre: Centre) -> None:
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
        claimed = session.scalars(select(Claim.resource_id).where(Claim.holder_id == booking.id)).all()
    assert sorted(claimed) == sorted(part.id for part in parts)


def month(centre: Centre, **wanted: Any) -> dict[Any, list[Any]]:
    """What everybody reads of the centre for 30 days."""
    window = {"start": local(MONDAY, "00:00"), "end": local(MONDAY + timedelta(days=30), "00:00")}
    with centre.call() as call:
        return dict(get_centre_availability(call, **window, **wanted))


def without_the_cache(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> dict[Any, list[Any]]:
    with monkeypatch.context() as patch:
        patch.setattr(timetables, "CACHED_AHEAD", timedelta())
        return month(centre)


@pytest.mark.parametrize("what", CHANGES)
def test_a_centres_month_is_that_of_the_current_calendar(centre: Centre, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = centre.add_space(divisible=True, horizon_days=300)
    part = centre.add_space(parent_id=whole.id)
    before = month(centre)
    assert before == without_the_cache(centre, monkeypatch) and before[whole.id]
    changed, _ = CHANGES[what]
    change(centre, changed(whole, part))
    after = month(centre)
    assert after == without_the_cache(centre, monkeypatch)
    assert (after == before) == (what == "the space")  # capacity closes nothing


def test_a_centres_month_reads_the_calendar_once(centre: Centre) -> None:
    assert len(statements_of(centre, lambda: month(centre))) == 2  # timetables; claims
    assert len(statements_of(centre, lambda: month(centre))) == 2  # revision; claims
    centre.add_space()
    assert len(statements_of(centre, lambda: month(centre))) == 3


def test_a_booking_is_taken_from_a_cached_month(centre: Centre) -> None:
    before = month(centre)[centre.court.id]
    centre.book("10:00", "11:00")
    assert month(centre)[centre.court.id] != before


def test_a_cached_month_is_filtered_by_section_and_kind(centre: Centre) -> None:
    room = centre.add_space(kind="room", section="convenience")
    assert set(month(centre)) == {centre.court.id, room.id}
    assert set(month(centre, kind="room")) == set(month(centre, section="convenience")) == {room.id}
    assert month(centre, kind="room", section="neighbour") == {}


def book_on_a_changed_calendar(centre: Centre, what: Any) -> None:
    """Change the calendar between reading it and booking. Raises CalendarChanged if the booking notices."""
    times = local(MONDAY, "10:00"), local(MONDAY, "11:00")
    with centre.call(centre.wang) as call:
        timetable = find_timetable(call.session, call.acting, centre.court.id, *times, 4, NOW)
    change(centre, what)
    about = {"resident_id": centre.court.id, "booked_by": centre.court.id, "attendees": 4, "created_at": NOW}
    with centre.call(centre.wang) as call:
        assert timetable is not None
        assert storage.claim_new(call.session, new_booking(timetable.space, *times, **about), timetable, NOW)


def test_a_change_between_reading_and_writing_leaves_nothing(centre: Centre) -> None:
    with pytest.raises(CalendarChanged):
        book_on_a_changed_calendar(centre, update(Space).where(Space.id == centre.court.id).values(capacity=1))
    with transaction(centre.engine) as session:
        assert session.scalars(select(Booking.id)).all() == session.scalars(select(Claim.holder_id)).all() == []


def test_the_whole_country_is_part_of_each_communitys_calendar(centre: Centre) -> None:
    with pytest.raises(CalendarChanged):
        book_on_a_changed_calendar(centre, CalendarDay(**HOLIDAY | {"community_id": "*", "day": MONDAY + timedelta(days=400)}))


@pytest.mark.parametrize("statement", ["TRUNCATE space_exception", "TRUNCATE calendar_day"])
def test_emptying_a_table_is_a_change_too(centre: Centre, statement: str) -> None:
    with pytest.raises(CalendarChanged):
        book_on_a_changed_calendar(centre, text(statement))


@pytest.mark.parametrize(
    "what", [Community(id="nuanquan", time_zone="Asia/Shanghai"), CalendarDay(**HOLIDAY | {"community_id": "n"})]
)
def test_another_communitys_change_disturbs_nobody(centre: Centre, what: Any) -> None:
    book_on_a_changed_calendar(centre, what)


def test_a_move_notices_a_change_too(centre: Centre) -> None:
    booking = centre.book("10:00", "11:00")
    change(centre, SpaceException(space_id=centre.court.id, day=MONDAY, community_id="liuyi", hours=[]))
    with pytest.raises(Closed):
        centre.do(
            "reschedule_booking",
            centre.wang,
            booking_id=booking.id,
            starts_at=local(MONDAY, "15:00"),
            ends_at=local(MONDAY, "16:00"),
        )


def test_the_cache_keeps_a_limited_number_of_entries(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.booking.calendar.cache.MOST", 2)
    spaces = [centre.add_space() for _ in range(3)]
    for space in spaces:
        centre.book("10:00", "11:00", space=space)
    with transaction(centre.engine) as session:
        assert [cache_of(session).find(space.id) is not None for space in spaces] == [False, True, True]


def test_far_days_are_read_when_asked_for(centre: Centre) -> None:
    hall, far = centre.add_space(horizon_days=300), MONDAY + timedelta(days=200)
    centre.book("10:00", "11:00")  # the limits are cached from now on
    for start, end in (("10:00", "11:00"), ("11:00", "12:00")):
        assert len(statements_of(centre, partial(centre.book, start, end, space=hall, day=far))) == 3
