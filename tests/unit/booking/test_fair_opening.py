"""When weeks open and for whom first, and which times are kept for whom until when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS, Identity
from services.booking.interface.refusals import KeptForCounter, KeptForElders, NotOpenYet, TooFar
from services.booking.spaces.fair_opening import VISITOR, Asker, Opening
from services.booking.spaces.timetable import Timetable
from tests.unit.booking.spaces import MONDAY, SHANGHAI, clocks, daily, example_space, example_timetable, instant, local

FRIDAY = MONDAY + timedelta(days=4)
BERLIN = ZoneInfo("Europe/Berlin")
ELDER, COUNTER = Asker(age=65), Asker(counters=Communities.only("liuyi"))
WEEKLY: dict[str, Any] = {
    "weekday": 5,
    "at": "10:00",
    "weeks_ahead": 2,
    "first": ["elders", "community", "rested"],
    "head_start_hours": 24,
    "rested_days": 30,
}
MORNINGS = {"kept_for": "elders", "hours": daily("09:00-11:00", weekdays=[2, 4]), "until_hours": 48}
NOONS = {"kept_for": "counter", "hours": daily("11:00-12:00", weekdays=[2]), "until_hours": 2}


def timetable(day: date, asker: Asker = VISITOR, **rules: Any) -> Timetable:
    space = example_space(elder_age=60, **rules)
    return example_timetable(space, local(day, "00:00"), local(day + timedelta(days=7), "00:00")).asked_by(asker)


def ask(made: Timetable, day: date, start: str, end: str, now: datetime, *, beyond: bool = False) -> None:
    made.check_request(local(day, start), local(day, end), 2, now, beyond)


def test_the_week_after_next_opens_on_friday_at_ten() -> None:
    """Friday 27 November: the week from 7 December opens."""
    opening = Opening.read(WEEKLY | {"first": [], "head_start_hours": 0})
    before, at = local(FRIDAY, "09:59"), local(FRIDAY, "10:00")
    assert opening.latest(before, SHANGHAI, first=False) == instant(local(date(2026, 12, 7), "00:00"))
    assert opening.latest(at, SHANGHAI, first=False) == instant(local(date(2026, 12, 14), "00:00"))
    assert opening.latest(local(MONDAY + timedelta(days=7), "00:00"), SHANGHAI, first=False) == instant(
        local(date(2026, 12, 14), "00:00")
    )


@pytest.mark.parametrize(
    ("asker", "is_first"),
    [
        (VISITOR, False),
        (ELDER, True),
        (Asker(age=None, community_id="liuyi"), True),
        (Asker(community_id="elsewhere"), False),
        (Asker(last_uses={}), True),
        (Asker(last_uses={"room": local(FRIDAY, "09:00")}), True),
        (Asker(last_uses={"court": local(FRIDAY, "09:00")}), False),
        (Asker(last_uses={"court": local(FRIDAY - timedelta(days=31), "09:00")}), True),
        (COUNTER, False),
    ],
)
def test_some_come_a_day_before_the_others(asker: Asker, is_first: bool) -> None:
    day, opened = date(2026, 12, 8), local(FRIDAY, "10:00")
    made = timetable(day, asker, opening=WEEKLY)
    with pytest.raises(NotOpenYet):
        ask(made, day, "08:00", "09:00", opened - timedelta(seconds=1))
    if is_first:
        ask(made, day, "08:00", "09:00", opened)
        return
    with pytest.raises(NotOpenYet) as refused:
        ask(made, day, "08:00", "09:00", opened + timedelta(hours=23, minutes=59))
    assert refused.value.details == {
        "opens_at": "2026-11-28T10:00:00+08:00",
        "wave": "everybody",
        "first": ["community", "elders", "rested"],
        "first_opens_at": "2026-11-27T10:00:00+08:00",
    }
    assert "2026-11-28 10:00" in refused.value.text("zh-CN") and "近期没有预约的家庭" in refused.value.text("zh-CN")
    assert "residents of this community" in refused.value.text("en")
    ask(made, day, "08:00", "09:00", opened + timedelta(hours=24))


def test_a_refusal_names_no_wave_to_who_is_first() -> None:
    day = date(2026, 12, 8)
    with pytest.raises(NotOpenYet) as refused:
        ask(timetable(day, ELDER, opening=WEEKLY), day, "08:00", "09:00", local(MONDAY, "10:00"))
    assert refused.value.details["wave"] == "first"
    assert refused.value.text("zh-CN") == "该时段2026-11-27 10:00起开放预约。"


def test_staff_go_beyond_what_is_open_and_it_is_noted() -> None:
    day, now = date(2026, 12, 8), local(MONDAY, "10:00")
    made = timetable(day, COUNTER, opening=WEEKLY, shares=[MORNINGS])
    ask(made, day, "09:00", "10:00", now, beyond=True)
    assert made.broken(local(day, "09:00"), local(day, "10:00"), now) == ["booking.not_open_yet", "booking.kept_for_elders"]
    with pytest.raises(TooFar):
        ask(timetable(date(2028, 1, 4), opening=WEEKLY), date(2028, 1, 4), "09:00", "10:00", now, beyond=True)


def test_the_clocks_change_between_the_waves() -> None:
    """In the night to Sunday 25 October 2026 clocks in Berlin go back: a head start of 24 hours ends an hour earlier on the
    clock."""
    opening = Opening.read(WEEKLY | {"weekday": 6})
    opened, others = (opening.opens_at(date(2026, 11, 4), BERLIN, first=first) for first in (True, False))
    assert opened.astimezone(BERLIN).isoformat() == "2026-10-24T10:00:00+02:00"
    assert others.astimezone(BERLIN).isoformat() == "2026-10-25T09:00:00+01:00"
    skipped = Opening.read(WEEKLY | {"weekday": 7, "at": "02:30", "first": [], "head_start_hours": 0})
    assert skipped.opens_at(date(2026, 4, 8), BERLIN, first=True) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(
    st.integers(0, 730 * 1440).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("Australia/Lord_Howe")]),
    st.integers(1, 7),
    st.sampled_from(["00:00", "02:30", "10:00", "23:59"]),
    st.integers(1, 4),
    st.integers(0, 96),
    st.booleans(),
)
def test_a_day_can_be_booked_exactly_from_the_time_at_which_it_opens(
    now: datetime, zone: ZoneInfo, weekday: int, at: str, ahead: int, head_start: int, first: bool
) -> None:
    """`latest` against `opens_at` of each day around."""
    opening = replace(
        Opening.read(WEEKLY | {"weekday": weekday, "at": at, "weeks_ahead": ahead}), head_start=timedelta(hours=head_start)
    )
    latest = opening.latest(now, zone, first=first)
    today = now.astimezone(zone).date()
    for offset in range(-8, 7 * ahead + 15):
        day = today + timedelta(days=offset)
        is_open = int(datetime.combine(day, datetime.min.time(), zone).timestamp()) < latest
        assert is_open == (opening.opens_at(day, zone, first=first) <= now)


def test_a_morning_is_for_elders_until_two_days_before() -> None:
    tuesday = MONDAY + timedelta(days=1)
    made = timetable(MONDAY, shares=[MORNINGS])
    released = local(tuesday - timedelta(days=2), "09:00")
    with pytest.raises(KeptForElders) as refused:
        ask(made, tuesday, "10:30", "11:30", released - timedelta(seconds=1))
    assert refused.value.details == {"kept_until": "2026-11-22T09:00:00+08:00", "elder_age": 60}
    assert "60岁" in refused.value.text("zh-CN") and "60 years" in refused.value.text("en")
    ask(made, tuesday, "10:30", "11:30", released)
    ask(made, tuesday, "11:00", "12:00", released - timedelta(days=1))
    ask(made.asked_by(ELDER), tuesday, "09:00", "11:00", released - timedelta(days=1))
    younger = timetable(MONDAY, Asker(age=60), shares=[MORNINGS])
    younger = replace(younger, fair=replace(younger.fair, elder_age=65))  # type: ignore[type-var]
    with pytest.raises(KeptForElders):
        ask(younger, tuesday, "09:00", "10:00", released - timedelta(days=1))


def test_an_hour_is_for_the_counter_and_staff_book_it_there() -> None:
    tuesday = MONDAY + timedelta(days=1)
    made, now = timetable(MONDAY, shares=[NOONS]), local(tuesday, "08:59")
    with pytest.raises(KeptForCounter):
        ask(made, tuesday, "11:00", "12:00", now)
    ask(made.asked_by(COUNTER), tuesday, "11:00", "12:00", now)
    with pytest.raises(KeptForCounter):
        ask(made.asked_by(Asker(counters=Communities.only("elsewhere"))), tuesday, "11:00", "12:00", now)
    ask(made, tuesday, "11:00", "12:00", now + timedelta(minutes=1))


def test_availability_says_for_whom_it_is_kept_and_when_it_opens() -> None:
    tuesday = MONDAY + timedelta(days=1)
    made, now = timetable(MONDAY, shares=[MORNINGS, NOONS]), local(tuesday - timedelta(days=3), "08:00")
    window = instant(local(tuesday, "00:00")), instant(local(tuesday, "23:00"))
    free = made.free((), now, *window)
    assert clocks(free) == ["08:00-09:00", "14:00-22:00"]
    told = [(clock, reason) for (*span, reason) in made.busy(free, (), now, *window) for clock in clocks([(span[0], span[1])])]
    assert ("09:00-11:00", "kept_for_elders") in told and ("11:00-12:00", "kept_for_counter") in told
    assert [opens for *_, opens in made.opens_for_asker(now, *window)] == [
        instant(local(tuesday - timedelta(days=2), "09:00")),
        instant(local(tuesday, "09:00")),
    ]
    assert clocks(made.asked_by(ELDER).free((), now, *window))[0] == "08:00-11:00"


def test_weeks_that_are_not_open_say_when_each_opens() -> None:
    made = timetable(date(2026, 12, 5), opening=WEEKLY | {"first": [], "head_start_hours": 0})
    now = local(MONDAY, "10:00")
    spans = made.opens_for_asker(now, instant(local(date(2026, 12, 5), "00:00")), instant(local(date(2026, 12, 9), "00:00")))
    assert spans == [
        (
            instant(local(date(2026, 12, 7), "00:00")),
            instant(local(date(2026, 12, 9), "00:00")),
            instant(local(FRIDAY, "10:00")),
        )
    ]


def staff(account_id: str, *roles: str) -> Identity:
    return Identity(account_id, "staff", frozenset(roles), "liuyi")


def test_who_asks() -> None:
    wang, clerk = str(uuid4()), str(uuid4())
    known = Identity(wang, "resident", community_id="liuyi", ages=((wang, 65),))
    assert Asker.of(known).age == Asker.of(known, UUID(wang)).age == 65
    assert Asker.of(ANONYMOUS) == VISITOR
    by_clerk = replace(staff(clerk, "clerk"), ages=((wang, 70),))
    assert Asker.of(by_clerk, UUID(wang)) == Asker(70, Communities.only("liuyi"), None)
    named = replace(by_clerk, homes=((wang, "yuxin"),))
    assert Asker.of(named, UUID(wang)).community_id == "yuxin"
    assert Asker.of(named).community_id == Asker.of(known).community_id == "liuyi"
    child = replace(known, children=frozenset({clerk}))
    assert Asker.of(child, UUID(clerk)).community_id == "liuyi"
    assert Asker.of(known, UUID(wang), age=60).age == 65
    assert Asker.of(by_clerk, UUID(clerk), age=60).age == 60
    assert Asker.of(by_clerk).counters == Asker.of(by_clerk, UUID(clerk)).counters == Communities.only()
    assert Asker.of(staff(clerk, "supervisor"), UUID(wang)).counters == Communities.only()
    assert Asker.of(replace(known, system_id=str(uuid4())), uuid4()).counters == Communities.only()
    assert Asker.of(by_clerk, uuid4(), as_elder=True).is_elder(70)
    assert not Asker.of(by_clerk, uuid4()).is_elder(60)
