"""Years without a notice have provisional holidays. A notice replaces them, and nothing replaces what was decided."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from chassis.database.engine import transaction
from services.booking.availability.use_cases import list_closed_times
from services.booking.calendar import missing_years
from services.booking.calendar.missing_years import fill
from services.booking.calendar.models import EVERYWHERE, CalendarDay
from services.booking.calendar.statutory_days import NOTICE
from services.booking.interface.refusals import Closed
from tests.integration.booking.conftest import Centre
from tests.unit.booking.spaces import NOW, clocks, local

NEW_YEAR = date(2027, 1, 1)
DECEMBER = datetime(2026, 12, 20, 4, tzinfo=UTC)


def fill_at(centre: Centre, now: datetime) -> None:
    with transaction(centre.engine) as session:
        fill(session, now)


def closed_times(centre: Centre, now: datetime, **window: datetime) -> Any:
    with centre.call(now=now) as call:
        return list_closed_times(call, **window)


def days_of(centre: Centre, year: int) -> dict[date, CalendarDay]:
    with transaction(centre.engine) as session:
        found = session.scalars(select(CalendarDay).where(CalendarDay.community_id == EVERYWHERE)).all()
        session.expunge_all()
    return {row.day: row for row in found if row.day.year == year}


def keep(centre: Centre, **row: Any) -> None:
    with transaction(centre.engine) as session:
        about = {"community_id": "*", "name": {"zh-CN": "元旦"}, "source": "admin", "provisional": False}
        session.merge(CalendarDay(**about | row))


def test_new_year_is_closed_and_said_to_be_provisional(centre: Centre) -> None:
    window = {"start": local(NEW_YEAR, "00:00"), "end": local(NEW_YEAR + timedelta(days=1), "00:00")}
    assert centre.do("get_availability", now=DECEMBER, space_id=centre.court.id, **window).free
    fill_at(centre, DECEMBER)
    found = centre.do("get_availability", now=DECEMBER, space_id=centre.court.id, **window)
    assert found.free == []
    assert clocks(found.provisional) == ["08:00-12:00", "14:00-22:00"]
    with pytest.raises(Closed) as refused:
        centre.book("10:00", "11:00", day=NEW_YEAR, now=DECEMBER)
    assert refused.value.details == {"reason": "holiday", "provisional": True}
    assert "可能调整" in refused.value.text("zh-CN") and "may change" in refused.value.text("en")


def test_the_closed_times_of_the_desk_say_why(centre: Centre) -> None:
    fill_at(centre, DECEMBER)
    centre.book("10:00", "11:00")
    window = {"start": local(NEW_YEAR, "07:00"), "end": local(NEW_YEAR, "15:00")}
    ((space_id, closed),) = closed_times(centre, now=DECEMBER, **window)
    assert space_id == centre.court.id
    said = [(*clocks([(start, end)]), reason, provisional) for start, end, reason, provisional in closed]
    assert said == [
        ("07:00-08:00", "closed", False),
        ("08:00-12:00", "holiday", True),
        ("12:00-14:00", "closed", False),
        ("14:00-15:00", "holiday", True),
    ]


def test_a_holiday_that_was_announced_is_not_provisional(centre: Centre) -> None:
    fill_at(centre, NOW)
    day = date(2026, 10, 1)
    window = {"start": local(day, "00:00"), "end": local(day + timedelta(days=1), "00:00")}
    found = centre.do("get_availability", now=datetime(2026, 9, 20, tzinfo=UTC), space_id=centre.court.id, **window)
    assert (found.free, found.provisional) == ([], [])


def test_it_is_announced_once_and_the_next_run_finds_nothing(centre: Centre) -> None:
    fill_at(centre, NOW)
    fill_at(centre, NOW)
    (told,) = [row for row in centre.published() if row.type == "calendar.changed.v1"]
    assert told.data["changed"] == "calendar_day"
    assert {"day": "2027-01-01", "kind": "holiday", "provisional": True} in told.data["days"]
    assert all(row.provisional for row in days_of(centre, 2027).values())
    assert {day.year for year in (2027, 2028) for day in days_of(centre, year)} == {2027, 2028}


def test_two_replicas_fill_the_same_year_once(centre: Centre) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: fill_at(centre, NOW), range(4)))
    assert len([row for row in centre.published() if row.type == "calendar.changed.v1"]) == 1
    assert len(days_of(centre, 2027)) == 13
    assert {row.version for row in days_of(centre, 2027).values()} == {1}


def test_after_new_year_the_year_after_the_next_comes_without_a_release(centre: Centre) -> None:
    fill_at(centre, NOW)
    fill_at(centre, datetime(2027, 1, 1, tzinfo=UTC))
    assert date(2029, 1, 1) in days_of(centre, 2029)


def test_what_an_admin_set_stays(centre: Centre) -> None:
    keep(centre, day=NEW_YEAR, kind="plain")
    keep(centre, day=date(2027, 1, 2), kind="workday", weekday=5)
    fill_at(centre, NOW)
    days = days_of(centre, 2027)
    assert (days[NEW_YEAR].kind, days[NEW_YEAR].source) == ("plain", "admin")
    assert (days[date(2027, 1, 2)].kind, days[date(2027, 1, 2)].weekday) == ("workday", 5)


def test_what_the_state_council_said_stays_even_if_an_operator_deleted_a_day(centre: Centre) -> None:
    with transaction(centre.engine) as session:
        session.delete(session.get(CalendarDay, ("*", date(2026, 10, 7))))
    before = days_of(centre, 2026)
    fill_at(centre, NOW)
    assert days_of(centre, 2026).keys() == before.keys()


def test_the_notice_replaces_what_is_provisional_and_only_that(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_at(centre, NOW)
    keep(centre, day=date(2027, 5, 1), kind="plain")
    said = {date(2027, 1, 1): "holiday", date(2027, 1, 2): "holiday", date(2027, 5, 1): "holiday", date(2027, 1, 3): "workday"}

    def notice(first: int, last: int) -> list[dict[str, Any]]:
        about = {"community_id": "*", "name": {"zh-CN": "元旦"}, "source": NOTICE, "provisional": False}
        return [about | {"day": day, "kind": kind, "weekday": 1 if kind == "workday" else None} for day, kind in said.items()]

    monkeypatch.setattr(missing_years, "has_notice", lambda year: year == 2027)
    monkeypatch.setattr(missing_years, "statutory_days", notice)
    centre_before = len(centre.published())
    fill_at(centre, NOW)
    days = days_of(centre, 2027)
    assert {day: row.kind for day, row in days.items()} == said | {date(2027, 5, 1): "plain"}
    assert not any(row.provisional for row in days.values())
    (told,) = centre.published()[centre_before:]
    assert {"day": "2027-01-01", "kind": "holiday", "provisional": False} in told.data["days"]
    assert {"day": "2027-02-05", "kind": "plain", "provisional": False} in told.data["days"], "no longer a holiday"
    assert "2027-05-01" not in [one["day"] for one in told.data["days"]]
    fill_at(centre, NOW)
    assert len(centre.published()) == centre_before + 1


def test_a_community_is_not_told_of_days_that_it_has_itself_decided(centre: Centre) -> None:
    keep(centre, community_id="liuyi", day=NEW_YEAR, kind="plain")
    fill_at(centre, NOW)
    (told,) = [row for row in centre.published() if row.type == "calendar.changed.v1"]
    assert "2027-01-01" not in [one["day"] for one in told.data["days"]]
    assert "2027-02-05" in [one["day"] for one in told.data["days"]]
    assert centre.book("10:00", "11:00", day=NEW_YEAR, now=DECEMBER).state == "confirmed"
