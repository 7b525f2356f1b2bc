"""Calendar files are read by the libraries that calendar programs are built on, and show exactly what they were made of."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from gateway.calendars import entries, file
from gateway.calendars.entries import Entry

NOON = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)
SITE = "https://linli.example"


def entry(**over: Any) -> Entry:
    given = {
        "uid": "booking-1",
        "sequence": 0,
        "starts_at": NOON,
        "ends_at": NOON + timedelta(hours=1),
        "changed_at": NOON - timedelta(days=1),
        "summary": "羽毛球1号场",
        "path": "/bookings/1",
    }
    return Entry(**(given | over))


def write(*found: Entry, zone: str = "Asia/Shanghai") -> bytes:
    return file.write("邻里 · 我的安排", found, zone=zone, site=SITE, refresh=timedelta(hours=1))


def read(content: bytes) -> Any:
    return Calendar.from_ical(content)


def events(content: bytes) -> list[Any]:
    found: list[Any] = read(content).walk("VEVENT")
    return found


def test_lines_end_and_fold_as_the_standard_says() -> None:
    content = write(entry(summary="很长的名字" * 30, location="二楼，东侧；靠窗\n第二行"))
    assert content.endswith(b"END:VCALENDAR\r\n") and b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    (found,) = events(content)
    assert str(found["SUMMARY"]) == "很长的名字" * 30
    assert str(found["LOCATION"]) == "二楼，东侧；靠窗\n第二行"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    (found,) = events(write(entry(summary=text)))
    assert str(found["SUMMARY"]) == text


def test_no_text_can_add_a_line() -> None:
    (found,) = events(
        write(entry(summary="x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:y", location="a\nURL:https://evil.example"))
    )
    assert str(found["URL"]) == f"{SITE}/bookings/1"


def test_what_a_program_needs_to_follow_changes() -> None:
    (found,) = events(write(entry(sequence=3, status="CANCELLED")))
    assert (str(found["UID"]), found["SEQUENCE"], str(found["STATUS"])) == ("booking-1@linli", 3, "CANCELLED")
    assert found.decoded("DTSTAMP") == NOON - timedelta(days=1)
    calendar = read(write())
    assert (str(calendar["VERSION"]), str(calendar["X-WR-TIMEZONE"])) == ("2.0", "Asia/Shanghai") and "PRODID" in calendar
    assert events(write()) == []


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/New_York"])
def test_the_hour_on_the_wall_is_right_around_changes_of_the_clocks(zone: str) -> None:
    """Also for programs that know only the VTIMEZONE of the file."""
    starts = [datetime(2026, 3, 28, 17, 0, tzinfo=UTC) + timedelta(hours=6 * number) for number in range(8)]
    starts += [datetime(2026, 10, 24, 17, 0, tzinfo=UTC) + timedelta(hours=6 * number) for number in range(8)]
    content = write(
        *(entry(uid=str(n), starts_at=at, ends_at=at + timedelta(hours=1)) for n, at in enumerate(starts)), zone=zone
    )
    calendar = read(content)
    (named,) = calendar.walk("VTIMEZONE")
    as_written = named.to_tz(lookup_tzid=False)
    for found, at in zip(calendar.walk("VEVENT"), starts, strict=True):
        local = found["DTSTART"].dt
        assert local.astimezone(UTC) == at
        assert local.replace(tzinfo=as_written).utcoffset() == at.astimezone(ZoneInfo(zone)).utcoffset()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400 * 24), st.integers(1, 7 * 24)), max_size=20))
def test_a_program_shows_exactly_the_entries(spans: list[tuple[int, int]]) -> None:
    made = [
        entry(uid=str(n), starts_at=NOON + timedelta(hours=at), ends_at=NOON + timedelta(hours=at + length))
        for n, (at, length) in enumerate(spans)
    ]
    shown = recurring_ical_events.of(read(write(*made))).between(NOON - timedelta(days=1), NOON + timedelta(days=500))
    assert sorted((str(one["UID"]), one["DTSTART"].dt, one["DTEND"].dt) for one in shown) == sorted(
        (f"{one.uid}@linli", one.starts_at, one.ends_at) for one in made
    )


def test_a_session_that_is_called_off_or_moved_says_so() -> None:
    times = {"starts_at": NOON.isoformat(), "ends_at": (NOON + timedelta(hours=2)).isoformat()}
    event = {
        "id": "e", "version": 4, "state": "published", "title": {"zh-CN": "夜读", "en": "Night reading"}, "location": "一楼",
        "published_at": NOON.isoformat(), "cancelled_at": None,
        "sessions": [
            {"id": "a", "location": None, "cancelled_at": None, **times},
            {"id": "b", "location": "图书室", "cancelled_at": NOON.isoformat(), **times},
        ],
    }  # fmt: skip
    first, second = entries.of_club_event(event, "zh-CN")
    assert (first.uid, first.location, first.status, first.sequence) == ("session-a", "一楼", "CONFIRMED", 3)
    assert (second.location, second.status) == ("图书室", "CANCELLED")


def test_whoever_reads_the_calendar_of_a_space_learns_nobody() -> None:
    times = {"starts_at": NOON.isoformat(), "ends_at": (NOON + timedelta(hours=1)).isoformat()}
    busy = [times | {"reason": reason, "title": None} for reason in ("booked", "event", "blocked", "closed", "past", "holiday")]
    found = list(entries.of_availability({"space_id": "s", "busy": busy}, "zh-CN"))
    assert [one.summary for one in found] == ["已有预约", "有活动", "暂停开放"]
