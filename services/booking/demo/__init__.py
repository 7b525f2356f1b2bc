"""Demo data: the spaces of three centres of the district, and bookings of this week."""

from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from chassis.database import erased
from chassis.demo import demo_id
from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.bookings.messages import requested
from services.booking.bookings.models import Booking
from services.booking.bookings.requesting import store_request
from services.booking.bookings.use_cases.book_space import claim, new_booking
from services.booking.calendar import missing_years
from services.booking.calendar.models import SpaceException
from services.booking.check_ins.use_cases import miss
from services.booking.demo import counters, equipment, liuyi, lotteries, series, yuxin, zhongzhou
from services.booking.interface.locks import PORTER
from services.booking.interface.no_show_rules import USUAL
from services.booking.interface.refusals import SpaceTaken
from services.booking.limits.models import Limit, LimitChange
from services.booking.locks.models import DoorLock
from services.booking.no_show_rules.models import NoShowRule
from services.booking.spaces.models import Space
from services.booking.spaces.storage import load_timetable
from services.booking.waits.models import Wait, last_chance
from services.booking.waits.storage import overlapping_open

CENTRES = {"liuyi": liuyi, "yuxin": yuxin, "zhongzhou": zhongzhou}  # by community
ZONE = "Asia/Shanghai"
WEDNESDAY = 3
BY_HOTLINE = ("counter-social-security", "li")  # space and resident of the booking that the demo's hotline makes


def seed(call: Call) -> None:
    """Add spaces, limits, one day with different hours, and bookings from today on, which are announced like all others. Every
    day has a booking. What exists already is not changed. Seeding again on a later day adds that day's bookings."""
    today = call.now.astimezone(ZoneInfo(ZONE)).date()
    _add_porter_list(call)
    for community_id, centre in CENTRES.items():
        for values in centre.SPACES:
            _add_space(call, community_id, values)
    call.session.flush()
    # Before anything is decided on the calendar: else the job would change it meanwhile, and the first start try again.
    missing_years.fill(call.session, call.now)
    for name, limit in liuyi.LIMITS.items():
        _add_limit(call, name, limit)
    equipment.seed(call)
    _service_vr_hall(call, today)
    for code, resident, days, start, minutes, attendees, purpose in (b for centre in CENTRES.values() for b in centre.BOOKINGS):
        starts_at = datetime.combine(today + timedelta(days=days), time.fromisoformat(start), ZoneInfo(ZONE)).astimezone(UTC)
        ends_at = starts_at + timedelta(minutes=minutes)
        about: dict[str, Any] = {"attendees": attendees, "purpose": purpose}
        if (code, resident) == BY_HOTLINE:
            about |= {"booked_by": None, "system_id": demo_id("system", "hotline")}
        about["with_equipment"] = (code, start) in equipment.WANTED
        _book(call, code, demo_id("account", resident), starts_at, ends_at, about)
    _miss_one(call, today)
    _add_no_show_rule(call)
    for code, resident, days, start, minutes, attendees, purpose in liuyi.REQUESTS:
        starts_at = datetime.combine(today + timedelta(days=days), time.fromisoformat(start), ZoneInfo(ZONE)).astimezone(UTC)
        about = {"attendees": attendees, "purpose": purpose}
        _book(call, code, demo_id("account", resident), starts_at, starts_at + timedelta(minutes=minutes), about, asks=True)
    series.add_club_series(call, ZoneInfo(ZONE))
    series.close_a_room(call, ZoneInfo(ZONE))
    counters.seed(call, ZoneInfo(ZONE))
    lotteries.seed(call, ZoneInfo(ZONE))
    call.session.flush()
    for code, resident, days, start, minutes in liuyi.WAITS:
        starts_at = datetime.combine(today + timedelta(days=days), time.fromisoformat(start), ZoneInfo(ZONE)).astimezone(UTC)
        _wait(call, code, demo_id("account", resident), starts_at, starts_at + timedelta(minutes=minutes))


def _add_space(call: Call, community_id: str, values: dict[str, Any]) -> None:
    space_id = demo_id("space", values["code"])
    if call.session.get(Space, space_id) is None:
        parent = values.get("parent")
        plain = {name: value for name, value in values.items() if name not in ("parent", "check_in_grace_minutes", "has_door")}
        space = Space(id=space_id, community_id=community_id, parent_id=demo_id("space", parent) if parent else None, **plain)
        space.ask_for_check_in(values.get("check_in_grace_minutes"), call.now)
        if values.get("has_door"):
            space.door_key = urlsafe_b64encode(demo_id("door", values["code"]).bytes).decode()[:22]
        call.session.add(space)
        call.session.flush()  # a parent is inserted before its parts


def _add_porter_list(call: Call) -> None:
    """The lock of 六一社区: no device, but a list from which the porter reads the codes."""
    lock_id = demo_id("door_lock", "porter")
    if call.session.get(DoorLock, lock_id) is None:
        name = {"zh-CN": "门卫", "en": "Porter"}
        call.session.add(DoorLock(id=lock_id, version=1, community_id="liuyi", name=name, kind=PORTER))
        call.session.flush()  # spaces refer to it


def _add_limit(call: Call, code: str, about: dict[str, Any]) -> None:
    """A limit of 六一社区. One that an admin has ended stays ended."""
    limit_id = demo_id("limit", code)
    if call.session.get(Limit, limit_id) is None:
        space_id = demo_id("space", about["space"]) if "space" in about else None
        plain = {name: value for name, value in about.items() if name != "space"}
        made = Limit(id=limit_id, community_id="liuyi", space_id=space_id, created_at=call.now, **plain)
        call.session.add(made)
        call.session.flush()
        call.session.add(LimitChange.of(made, "created", None, actor_id=demo_id("account", "admin"), at=call.now))


def _service_vr_hall(call: Call, today: date) -> None:
    """Close the VR hall on the next Wednesday morning, for maintenance."""
    day = today + timedelta(days=(WEDNESDAY - today.isoweekday()) % 7)
    hall = call.session.get_one(Space, demo_id("space", "vr-hall"))
    exception = {
        "space_id": hall.id,
        "community_id": hall.community_id,
        "day": day,
        "hours": [{"opens": "14:00", "closes": "21:30"}],
        "note": {"zh-CN": "上午设备维护", "en": "Equipment service in the morning"},
    }
    call.session.execute(insert(SpaceException).values(exception).on_conflict_do_nothing())


def _miss_one(call: Call, today: date) -> None:
    """A booking of yesterday evening to which nobody came. There is only one, on whatever days this is called."""
    booking_id, resident_id = demo_id("booking", "no-show"), demo_id("account", "ma")
    starts_at = datetime.combine(today - timedelta(days=1), time(19), ZoneInfo(ZONE)).astimezone(UTC)
    ends_at = starts_at + timedelta(hours=1)
    timetable = load_timetable(call.session, demo_id("space", "livestream-room"), starts_at, ends_at)
    known = call.session.get(Booking, booking_id) is not None or erased.is_erased(call.session, resident_id)
    if timetable is None or known:
        return
    about = {"id": booking_id, "resident_id": resident_id, "booked_by": resident_id, "created_at": call.now}
    booking = new_booking(timetable.space, starts_at, ends_at, attendees=4, purpose="短视频录制", **about)
    try:
        with call.session.begin_nested():
            claim(call, booking, timetable)
    except SpaceTaken:
        return
    missed = call.session.get_one(Booking, booking_id, options=[joinedload(Booking.space)])
    miss(call, missed, by="job", at=starts_at + timedelta(minutes=15))


def _add_no_show_rule(call: Call) -> None:
    """What follows from not coming in 六一社区. A rule that an admin has changed stays."""
    rule_id = demo_id("no_show_rule", "liuyi")
    if call.session.get(NoShowRule, rule_id) is None:
        about = {"active": True, "changed_at": call.now} | USUAL
        call.session.add(NoShowRule(id=rule_id, community_id="liuyi", **about))


def _book(
    call: Call,
    code: str,
    resident_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    about: dict[str, Any],
    *,
    asks: bool = False,
) -> None:
    """Book, or with `asks` request, unless the booking exists or the space is closed or taken. Start times may be in the past,
    which a request could not ask for, so the rules of a request are not checked."""
    booking_id = demo_id("booking", f"{code}:{starts_at:%Y%m%dT%H%M}")
    timetable = load_timetable(call.session, demo_id("space", code), starts_at, ends_at)
    span = int(starts_at.timestamp()), int(ends_at.timestamp())
    there = call.session.get(Booking, booking_id) is not None or erased.is_erased(call.session, resident_id)
    if timetable is None or there or timetable.hours.open_spans(timetable.days, *span) != [span]:
        return
    booking = new_booking(
        timetable.space,
        starts_at,
        ends_at,
        id=booking_id,
        resident_id=resident_id,
        created_at=call.now,
        **{"booked_by": resident_id} | about,
    )
    try:
        with call.session.begin_nested():
            if asks:
                store_request(call, booking, timetable)
                outbox.add(call.session, requested(booking, call.now))
            else:
                start = f"{starts_at.astimezone(ZoneInfo(ZONE)):%H:%M}"
                claim(call, booking, timetable, equipment.wish(call, code, start), "without")
    except SpaceTaken:
        return


def _wait(call: Call, code: str, resident_id: UUID, starts_at: datetime, ends_at: datetime) -> None:
    """Wait for a time that somebody else has, unless the resident does already, or it is free."""
    wait_id = demo_id("wait", f"{code}:{starts_at:%Y%m%dT%H%M}")
    space_id = demo_id("space", code)
    taken = select(Booking.id).where(
        Booking.space_id == space_id,
        Booking.starts_at == starts_at,
        Booking.resident_id != resident_id,
        Booking.state == "confirmed",
    )
    there = call.session.get(Wait, wait_id) is not None or erased.is_erased(call.session, resident_id)
    if there or call.session.scalar(taken) is None or overlapping_open(call.session, resident_id, starts_at, ends_at):
        return
    notice = call.session.get_one(Space, space_id).min_notice_minutes
    wait = Wait(
        id=wait_id,
        community_id="liuyi",
        space_id=space_id,
        space_ids=[space_id],
        alike=False,
        resident_id=resident_id,
        asked_by=resident_id,
        starts_at=starts_at,
        ends_at=ends_at,
        earliest_at=starts_at,
        latest_at=ends_at,
        open_until=last_chance(ends_at, ends_at - starts_at, [notice]),
        attendees=2,
        care=False,
        state="waiting",
        asked_at=call.now,
    )
    call.session.add(wait)
