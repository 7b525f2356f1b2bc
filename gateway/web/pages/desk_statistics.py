"""How much the spaces are used: figures, a calendar, hours of the week, and the table as a file."""

from calendar import Calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext

from gateway.calls import client
from gateway.operations import statistics
from gateway.operations.statistics import AGE_BANDS
from gateway.web import desk_areas, desk_community, times
from gateway.web.admin import spreadsheets
from gateway.web.blueprint import pages
from gateway.web.guards import for_roles
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json, block
from services.booking.interface.booking_words import STATES
from services.booking.interface.spaces import KINDS, SECTIONS
from services.booking.interface.statistics import BOOKED_THROUGH, MOST_DAYS

SEES = desk_areas.STATISTICS
LEVELS = 10  # shades of a cell: one for each begun tenth of its open time


@pages.get("/desk/statistics")
@for_roles(*SEES)
def desk_statistics() -> str:
    mine = desk_community.choose()
    asked = _asked()
    found = block(client.booking.get_occupancy, **asked)
    ages = block(_ages, **_days(asked))
    return render_template(
        "desk_statistics.html",
        mine=mine,
        asked=asked,
        found=found.answer,
        ages=ages,
        equipment=block(client.booking.get_equipment_use, **_days(asked)),
        months=_months(found.answer["days"]) if found.answer else [],
        week=_week(found.answer["hours"]) if found.answer else [],
        percent=percent,
        level=level,
        periods=_periods(times.today()),
        KINDS=KINDS,
        STATES=STATES,
        CHANNELS=BOOKED_THROUGH,
        AGES=AGE_BANDS,
    )


@pages.get("/desk/statistics.<any(csv, xlsx):suffix>")
@for_roles(*SEES)
def desk_statistics_file(suffix: str) -> Response:
    """The table of the spaces."""
    desk_community.choose()
    asked = _asked()
    found = client.booking.get_occupancy(**asked)
    titles = (
        gettext("场地"),
        gettext("类型"),
        gettext("中心"),
        gettext("开放（分钟）"),
        gettext("预约（分钟）"),
        gettext("活动（分钟）"),
        gettext("使用率"),
        gettext("预约数"),
        gettext("取消数"),
        gettext("人数"),
    )
    return _file("statistics", suffix, [titles, *(_row(one) for one in found["spaces"])], asked)


@pages.get("/desk/statistics-equipment.<any(csv, xlsx):suffix>")
@for_roles(*SEES)
def desk_equipment_file(suffix: str) -> Response:
    """The table of the equipment."""
    desk_community.choose()
    asked = _asked()
    titles = (
        gettext("设备"),
        gettext("预约数"),
        gettext("活动场次"),
        gettext("使用（分钟）"),
        gettext("借出次数"),
        gettext("借出（分钟）"),
        gettext("损坏次数"),
        gettext("少了几件"),
    )
    figures = ("bookings", "sessions", "used_minutes", "lent", "lent_minutes", "damaged", "missing")
    found: Sequence[Json] = client.booking.get_equipment_use(**_days(asked))["items"]
    rows = [[localized(one["name"]), *(str(one[name]) for name in figures)] for one in found]
    return _file("equipment", suffix, [titles, *rows], asked)


def _days(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"first_day": asked["first_day"], "last_day": asked["last_day"]}


def _file(what: str, suffix: str, table: Sequence[Sequence[str]], asked: Mapping[str, Any]) -> Response:
    response = Response(spreadsheets.written(suffix, table), content_type=spreadsheets.TYPES[suffix])
    name = f"linli-{what}-{asked['first_day']}-{asked['last_day']}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def percent(use: Mapping[str, Any]) -> int | None:
    """How much of the open time is used, in percent. None if it was never open."""
    used: int = use["booked_minutes"] + use["event_minutes"]
    opened: int = use["open_minutes"]
    return round(100 * used / opened) if opened else None


def level(use: Mapping[str, Any]) -> int:
    """The shade of a cell, from 0 (not used) to LEVELS (always used)."""
    used = use["booked_minutes"] + use["event_minutes"]
    return int(min(LEVELS, -(-LEVELS * used // use["open_minutes"]))) if use["open_minutes"] else 0


def _asked() -> dict[str, Any]:
    """The period and the filters in the address; by default this month. What makes no sense is left out."""
    today = times.today()
    first = times.parse_day(request.args.get("first_day"), today.replace(day=1))
    last = times.parse_day(request.args.get("last_day"), _end_of_month(first))
    if last < first:
        first, last = last, first
    last = min(last, first + timedelta(days=MOST_DAYS - 1))
    asked: dict[str, Any] = {"first_day": first, "last_day": last}
    if (section := request.args.get("section")) in SECTIONS:
        asked["section"] = section
    if (kind := request.args.get("kind")) in KINDS:
        asked["kind"] = kind
    return asked


def _periods(today: date) -> list[tuple[str, date, date]]:
    """(name, first day, last day) of what is usually asked for."""
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    return [
        (gettext("本周"), monday, monday + timedelta(days=6)),
        (gettext("本月"), month, _end_of_month(month)),
        (gettext("上月"), before, month - timedelta(days=1)),
        (gettext("今年"), today.replace(month=1, day=1), today.replace(month=12, day=31)),
        (gettext("去年"), date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ]


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _ages(**period: date) -> Json:
    return {"items": statistics.use_by_age(**period), "next_cursor": None}


def _months(days: list[Json]) -> Iterator[tuple[date, list[list[Json | None]]]]:
    """(first day, weeks of seven days) of each month. A day outside of the period is None."""
    by_day = {date.fromisoformat(str(one["day"])): one for one in days}
    for first in sorted({day.replace(day=1) for day in by_day}):
        weeks = Calendar().monthdatescalendar(first.year, first.month)
        yield first, [[by_day.get(day) if day.month == first.month else None for day in week] for week in weeks]


def _week(hours: list[Json]) -> list[tuple[int, list[Json | None]]]:
    """(hour, its seven weekdays) for each hour in which something is open or used. None where nothing is."""
    by_slot = {(one["hour"], one["weekday"]): one for one in hours}
    return [(hour, [by_slot.get((hour, day)) for day in range(1, 8)]) for hour in sorted({hour for hour, _ in by_slot})]


def _row(one: Json) -> list[str]:
    share = percent(one)
    return [
        localized(one["space_name"]),
        label(KINDS, one["kind"]),
        label(SECTIONS, one["section"]),
        *(str(one[name]) for name in ("open_minutes", "booked_minutes", "event_minutes")),
        "" if share is None else f"{share}%",
        *(str(one[name]) for name in ("bookings", "cancelled", "people")),
    ]
