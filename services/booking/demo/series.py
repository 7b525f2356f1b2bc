"""A club's weekly series in 六一社区 with a date about which its resident is being asked, and a coming closure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from chassis.database import erased
from chassis.demo import demo_id
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from services.booking.bookings import storage as bookings
from services.booking.bookings.models import Booking
from services.booking.bookings.use_cases.book_space import new_booking
from services.booking.calendar.models import Closure
from services.booking.closures.use_cases import close_spaces
from services.booking.interface.refusals import PlanOutdated, TooFar
from services.booking.questions import storage as questions
from services.booking.questions.messages import asked_message
from services.booking.questions.models import DateQuestion
from services.booking.series.messages import date_message, series_message
from services.booking.series.models import Series
from services.booking.series.recurrence import Recurrence, local_start
from services.booking.spaces.storage import load_timetable
from services.booking.spaces.timetable import Timetable

TABLE, RESIDENT, WEEKS, START, MINUTES = "table-tennis-3", "ma", 8, time(19), 90
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
CLOSED_ROOM, CLOSED_IN_DAYS = "livestream-room", 9


def add_club_series(call: Call, zone: ZoneInfo) -> None:
    """Eight evenings of the table-tennis club, the first one in two days: until tomorrow evening somebody has to say whether it
    is still needed. Nothing is added if the series is there, or if the first evening is closed or taken."""
    series_id, resident_id = demo_id("series", "table-tennis-club"), demo_id("account", RESIDENT)
    if call.session.get(Series, series_id) is not None or erased.is_erased(call.session, resident_id):
        return
    first = call.now.astimezone(zone).date() + timedelta(days=2)
    rule = Recurrence.parse(f"FREQ=WEEKLY;BYDAY={WEEKDAYS[first.weekday()]};COUNT={WEEKS}")
    days = rule.days(first)
    begins, ends = (datetime.combine(day, time(), UTC) for day in (days[0], days[-1] + timedelta(days=2)))
    timetable = load_timetable(call.session, demo_id("space", TABLE), begins - timedelta(days=1), ends)
    if timetable is None:
        return
    series = Series(
        id=series_id,
        community_id=timetable.space.community_id,
        space_id=timetable.space.id,
        space=timetable.space,
        resident_id=resident_id,
        booked_by=demo_id("account", "clerk"),
        rrule=str(rule),
        except_days=[],
        starts_on=first,
        ends_on=days[-1],
        starts_at=START,
        minutes=MINUTES,
        attendees=4,
        purpose="乒乓球社训练",
        created_at=call.now,
    )
    call.session.add(series)
    call.session.flush()
    made = [booking for day in days if (booking := _date(call, series, timetable, day)) is not None]
    if made:
        told = [date_message("booking.confirmed.v1", booking, call.now) for booking in made]
        outbox.add(
            call.session, *told, series_message("booking.series_booked.v1", series, made, call.now, refused=WEEKS - len(made))
        )
    if made and made[0].series_day == first:
        question = DateQuestion.about(made[0], call.now)
        questions.add(call.session, question)
        outbox.add(call.session, asked_message(question, call.now))


def _date(call: Call, series: Series, timetable: Timetable, day: date) -> Booking | None:
    """One evening. None if the space is closed or taken then."""
    starts_at = local_start(day, START, timetable.days.zone)
    if starts_at is None:
        return None
    ends_at = starts_at + timedelta(minutes=MINUTES)
    span = int(starts_at.timestamp()), int(ends_at.timestamp())
    if timetable.open_spans(*span) != [span]:
        return None
    far = ends_at.timestamp() > timetable.latest(call.now)
    booking = new_booking(
        timetable.space,
        starts_at,
        ends_at,
        id=demo_id("booking", f"{TABLE}:club:{day}"),
        resident_id=series.resident_id,
        booked_by=series.booked_by,
        attendees=series.attendees,
        purpose=series.purpose,
        beyond_reason="社团每周训练" if far else None,
        beyond_rules=[TooFar.code] if far else None,
        created_at=call.now,
        series_id=series.id,
        series_day=day,
    )
    with call.session.begin_nested() as savepoint:
        if bookings.claim_new(call.session, booking, timetable, call.now):
            return booking
        savepoint.rollback()
    return None


def close_a_room(call: Call, zone: ZoneInfo) -> None:
    """One room is closed for maintenance on a morning of the next week, decided by the admin. Once."""
    if call.session.scalar(select(Closure.id).where(Closure.community_id == "liuyi").limit(1)) is not None:
        return
    admin = Identity(str(demo_id("account", "admin")), "staff", roles=frozenset({"admin"}), community_id="liuyi")
    day = call.now.astimezone(zone).date() + timedelta(days=CLOSED_IN_DAYS)
    starts_at = datetime.combine(day, time(9), zone).astimezone(UTC)
    try:
        close_spaces(
            Call(call.session, call.now, admin),
            community_id="liuyi",
            whole=False,
            space_ids=[demo_id("space", CLOSED_ROOM)],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3),
            reason="maintenance",
            note={"zh-CN": "检修直播设备", "en": "Maintenance of the livestream equipment"},
            decisions=[],
        )
    except PlanOutdated:
        return  # somebody has booked that morning
