"""Odd and hostile calendars: read right, or refused, and never for long."""

import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chassis.rpc.refusal import InvalidField
from gateway.calendars import outside
from gateway.calendars.outside import OutsideCalendar

FILES = Path(__file__).parent / "outside_calendars"
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
AT_NINE = ["12-01 09:00-11:00"]


def read(name: str) -> OutsideCalendar:
    return outside.read((FILES / f"{name}.ics").read_bytes(), SHANGHAI, NOW)


def clocks(found: OutsideCalendar) -> list[str]:
    local = [(one.starts_at.astimezone(SHANGHAI), one.ends_at.astimezone(SHANGHAI)) for one in found.occurrences]
    return [f"{start:%m-%d %H:%M}-{end:%H:%M}" for start, end in local]


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("plain", AT_NINE),
        ("floating", AT_NINE),
        ("windows_zone", AT_NINE),
        ("own_zone", AT_NINE),
        ("folded", AT_NINE),
        ("line_feeds", AT_NINE),
        ("no_uid", AT_NINE),
        ("one_cancelled", AT_NINE),
        ("all_day", ["12-01 00:00-00:00"]),
        ("weekly_with_exceptions", [*AT_NINE, "12-15 14:00-16:00", "12-22 09:00-11:00"]),
        ("cancelled", []),
        ("free_time", []),
        ("over", []),
    ],
)
def test_what_is_on(name: str, times: list[str]) -> None:
    found = read(name)
    assert clocks(found) == times and found.skipped == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("unknown_zone", "unknown_zone"),
        ("no_end", "no_length"),
        ("ends_before_start", "no_length"),
        ("negative_duration", "no_length"),
        ("every_second", "bad_rule"),
        ("every_minute_of_days", "bad_rule"),
        ("month_thirteen", "unreadable"),
        ("date_and_time", "unreadable"),
    ],
)
def test_what_cannot_be_read_right_is_listed_with_the_reason(name: str, why: str) -> None:
    found = read(name)
    assert found.occurrences == [] and [one.why for one in found.skipped] == [why]


def test_an_entry_that_lasts_for_ever_is_left_out() -> None:
    assert read("for_ever").occurrences == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("every_day", "calendar_too_long"),
        ("cut_off", "no_calendar"),
        ("html", "no_calendar"),
        ("gb18030", "no_calendar"),
        ("empty", "no_calendar"),
    ],
)
def test_what_is_no_calendar_or_too_long_is_refused(name: str, code: str) -> None:
    with pytest.raises(InvalidField) as error:
        read(name)
    assert error.value.details_for("en")["errors"][0]["code"] == code


def test_a_rule_that_never_comes_takes_no_longer_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "SECONDS", 0.3)
    started = time.monotonic()
    with pytest.raises(InvalidField) as error:
        read("thirtieth_of_february")
    assert error.value.details_for("en")["errors"][0]["code"] == "calendar_too_slow"
    assert time.monotonic() - started < 5


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(InvalidField) as error:
        outside.read(b"BEGIN:VCALENDAR" + b" " * outside.MOST_BYTES, SHANGHAI, NOW)
    assert error.value.details_for("en")["errors"][0]["code"] == "calendar_too_large"


def test_an_occurrence_keeps_its_uid_when_its_time_changes() -> None:
    """The moved one has the start that the rule gave it."""
    uids = [one.uid for one in read("weekly_with_exceptions").occurrences]
    assert uids == ["club|20261201T010000Z", "club|20261215T010000Z", "club|20261222T010000Z"]
    assert [one.uid for one in read("plain").occurrences] == ["exam"]
