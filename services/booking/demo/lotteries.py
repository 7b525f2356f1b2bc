"""Two lotteries of 六一社区 for weekend evenings: one that can be entered this week, and one that is drawn."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chassis.database import erased
from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.booking.calendar import revision
from services.booking.lotteries.conducting import close, draw
from services.booking.lotteries.drawing import digest
from services.booking.lotteries.models import Lottery, LotteryEntry
from services.booking.lotteries.planning import Plan, cut
from services.booking.lotteries.use_cases.make_lottery import store
from services.booking.spaces import storage as spaces

# After the events of the demo, so that none of their times is in a lottery.
FIRST_IN_DAYS, LAST_IN_DAYS = 9, 22
LOTTERIES: dict[str, dict[str, Any]] = {
    "open": {
        "title": {"zh-CN": "周末晚上羽毛球", "en": "Badminton on weekend evenings"},
        "spaces": ("badminton-court-2", "badminton-court-3"),
        "opens_days": -1,
        "closes_days": 6,
        "entries": {"li": [1, 3, 5], "zhang": [1, 2], "ma": [3, 1, 4]},
    },
    "drawn": {
        "title": {"zh-CN": "周末晚上乒乓球", "en": "Table tennis on weekend evenings"},
        "spaces": ("table-tennis-4",),
        "opens_days": -8,
        "closes_days": -1,
        "entries": {"li": [1, 2], "zhang": [1, 2, 3], "ma": [2, 1]},
    },
}


def seed(call: Call, zone: ZoneInfo) -> None:
    """Add them once. The drawn one is drawn as all are: what was won is booked, and those who entered are told."""
    today = call.now.astimezone(zone).date()
    for name, about in LOTTERIES.items():
        lottery_id = demo_id("lottery", name)
        if call.session.get(Lottery, lottery_id) is None and (made := _make(call, name, about, today, zone)) is not None:
            _enter(call, made, about["entries"])
            if about["closes_days"] < 0:
                close(call, made)
                call.session.flush()
                draw(call, made)
                call.session.flush()


def _make(call: Call, name: str, about: dict[str, Any], today: date, zone: ZoneInfo) -> Lottery | None:
    """None if all of its times are taken."""
    revision.begin_change(call.session, "liuyi")
    space_ids = [demo_id("space", code) for code in about["spaces"]]
    plan = Plan(
        today + timedelta(days=FIRST_IN_DAYS),
        today + timedelta(days=LAST_IN_DAYS),
        frozenset({6, 7}),
        "18:00",
        "21:00",
        60,
    )
    found = cut(call, plan, spaces.load_timetables(call.session, "liuyi", space_ids, *plan.window(zone)))
    if not found.free:
        return None
    closes_at = datetime.combine(today + timedelta(days=about["closes_days"]), time(20), zone)
    return store(
        call,
        found,
        digest(f"a secret of the demo: {name} {today}"),
        id=demo_id("lottery", name),
        community_id="liuyi",
        created_by=demo_id("account", "admin"),
        title=about["title"],
        opens_at=datetime.combine(today + timedelta(days=about["opens_days"]), time(8), zone),
        closes_at=closes_at,
        draws_at=closes_at + timedelta(hours=1),
        most_wins=1,
    )


def _enter(call: Call, lottery: Lottery, wishes: dict[str, list[int]]) -> None:
    for username, ranked in wishes.items():
        resident_id = demo_id("account", username)
        if erased.is_erased(call.session, resident_id):
            continue
        call.session.add(
            LotteryEntry(
                id=demo_id("lottery_entry", f"{lottery.id}:{username}"),
                community_id=lottery.community_id,
                lottery_id=lottery.id,
                resident_id=resident_id,
                subject_id=resident_id,
                entered_by=resident_id,
                attendees=2,
                wishes=[number for number in ranked if number <= lottery.number_of_times],
                entered_at=call.now,
            )
        )
    call.session.flush()
