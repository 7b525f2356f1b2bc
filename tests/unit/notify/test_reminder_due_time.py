"""When somebody is reminded."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.reminders.due_time import NIGHT_BEGINS, NIGHT_ENDS, STILL_KNOWN, due_time, night_ends

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from([SHANGHAI, ZoneInfo("Asia/Urumqi"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")])
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since)
AHEAD = st.timedeltas(timedelta(minutes=-10), timedelta(days=4))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("starts_at", "told_at", "due"),
    [
        ("07 09:00", "02 09:00", "06 18:00"),
        ("07 20:00", "06 17:59", "06 18:00"),
        ("07 15:00", "06 18:00", "07 13:00"),  # the evening is over
        ("07 15:00", "07 12:00", "07 13:00"),  # three hours before
        ("07 15:00", "07 12:01", None),  # they know
        ("07 08:30", "02 09:00", "06 18:00"),  # early in the morning: the evening before
        ("07 08:30", "06 20:00", None),  # two hours before would be in the night
        ("07 10:00", "06 20:00", "07 08:00"),  # the night is over
        ("07 09:59", "06 20:00", None),
        ("07 23:59", "07 10:00", "07 21:59"),
        ("08 00:00", "07 19:00", None),  # at 22:00 the night has begun
        ("08 00:30", "07 10:00", "07 18:00"),
        ("07 15:00", "07 16:00", None),  # it is over
    ],
)
def test_examples(starts_at: str, told_at: str, due: str | None) -> None:
    assert due_time(local(starts_at), local(told_at), SHANGHAI) == (local(due) if due else None)


@given(told_at=MOMENTS, ahead=AHEAD, zone=ZONES)
def test_always_between_the_news_and_the_start_and_never_at_night(told_at: datetime, ahead: timedelta, zone: ZoneInfo) -> None:
    starts_at = told_at + ahead
    due = due_time(starts_at, told_at, zone)
    if due is None:
        return
    assert told_at < due < starts_at
    assert NIGHT_ENDS <= due.astimezone(zone).time() < NIGHT_BEGINS
    assert starts_at - told_at >= STILL_KNOWN


@given(told_at=MOMENTS, ahead=st.timedeltas(timedelta(days=2), timedelta(days=400)), zone=ZONES)
def test_what_is_made_days_before_is_always_reminded_the_evening_before(
    told_at: datetime, ahead: timedelta, zone: ZoneInfo
) -> None:
    starts_at = told_at + ahead
    due = due_time(starts_at, told_at, zone)
    assert due is not None
    before = due.astimezone(zone)
    assert (before.hour, before.minute) == (18, 0)
    assert (starts_at.astimezone(zone).date() - before.date()).days == 1


@given(at=MOMENTS, zone=ZONES)
def test_a_night_ends_at_eight_within_ten_hours(at: datetime, zone: ZoneInfo) -> None:
    ends = night_ends(at, zone)
    if ends is None:
        assert NIGHT_ENDS <= at.astimezone(zone).time() < NIGHT_BEGINS
    else:
        assert at < ends <= at + timedelta(hours=11)  # a night with a change of clocks is an hour longer
        assert ends.astimezone(zone).time() == NIGHT_ENDS
