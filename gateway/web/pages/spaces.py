"""The list of spaces, and one space with its days and slots."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext, ngettext

from gateway.calls import client
from gateway.http import community, current
from gateway.operations import space_photos
from gateway.web import slots, times
from gateway.web.blueprint import pages
from gateway.web.labels import label
from gateway.web.pages.home import free_by_space, free_soon, open_soon
from gateway.web.service_calls import Json, block
from services.booking.interface.availability import BUSY_REASONS, TAKEN_AS
from services.booking.interface.spaces import KINDS, SECTIONS
from services.booking.interface.windows import LONGEST_WINDOW

PER_PAGE = 60
WEEK = 7
SCARCE = 3


@pages.get("/spaces")
def spaces() -> str:
    section = _known_or_none(request.args.get("section"), SECTIONS)
    kind = _known_or_none(request.args.get("kind"), KINDS)
    q = (request.args.get("q") or "").strip()[:60]
    # Searches are not cached, because their words differ.
    booking = client.booking if q else client.public.booking
    found = booking.list_spaces(
        section=section, kind=kind, q=q or None, limit=PER_PAGE, cursor=request.args.get("cursor") or None
    )
    free = free_by_space(free_soon())
    cards = [(space, open_soon(space, None if free is None else free.get(space["id"], []))) for space in found["items"]]
    groups = [(code, [card for card in cards if card[0]["section"] == code]) for code in SECTIONS]
    return render_template(
        "spaces.html",
        groups=[group for group in groups if group[1]],
        more=found["next_cursor"],
        section=section,
        kind=kind,
        q=q,
    )


@pages.get("/spaces/<uuid:space_id>")
def space(space_id: str) -> str:
    """One space: an overview of a week, and the slots of the chosen day."""
    found = client.public.booking.get_space(space_id=space_id)
    community.show_of(found["community_id"])
    last = last_day(found)
    chosen = clamp(times.parse_day(request.args.get("date"), times.today()), times.today(), last)
    first = times.today() + timedelta(days=(chosen - times.today()).days // WEEK * WEEK)
    days = week_of(found, first)
    if "date" not in request.args:
        chosen = next((day.day for day in days if day.starts), chosen)
    return render_template(
        "space.html",
        space=found,
        photos=space_photos.of_space(dict(found))["photos"],
        may_book=may_book(found),
        limits=block(client.booking.get_space_limits, space_id=space_id, at=times.midnight(chosen)),
        days=[(day, availability_text(day), free_bars(day, found)) for day in days],
        chosen=next(day for day in days if day.day == chosen),
        earlier=first - timedelta(days=WEEK) if first > times.today() else None,
        later=first + timedelta(days=WEEK) if first + timedelta(days=WEEK) <= last else None,
        reason_text=reason_text,
    )


def week_of(space: Json, first: date, moving: str | None = None) -> list[slots.Day]:
    """As days_from."""
    return days_from(space, first, WEEK, moving)


def days_from(space: Json, first: date, count: int, moving: str | None = None) -> list[slots.Day]:
    """`count` days from `first`, at most 31, in one call. The last night is read as far as its longest booking can reach, and
    as one answer can. The time of the booking `moving`, which the reader sees, counts as free."""
    start, end = times.midnight(first), times.midnight(first + timedelta(days=count)) + longest(space)
    end = min(end, start.astimezone(UTC) + LONGEST_WINDOW)  # in UTC, because 31 days may be an hour longer by the clock
    window: dict[str, Any] = {"space_id": space["id"], "start": start, "end": end}
    if moving is not None:
        return slots.days_of(client.booking.get_availability(**window, moving=moving), space, first, count)
    availability = client.public.booking.get_availability(**window)
    if current.identity().account_id and any(item.get("opens_at") for item in availability["busy"]):
        # What a visitor cannot book yet may be open for the reader.
        availability = client.booking.get_availability(**window)
    return slots.days_of(availability, space, first, count)


def last_day(space: Json) -> date:
    """The last day that the calendar of `space` shows: the horizon, or the end of the next week that opens."""
    if opening := space.get("opening"):
        monday = times.today() - timedelta(days=times.today().weekday())
        return monday + timedelta(weeks=opening["weeks_ahead"] + 2, days=-1)
    return times.today() + timedelta(days=space["horizon_days"])


def longest(space: Json) -> timedelta:
    """The longest booking; at most as long as an answer about free times can be."""
    return min(timedelta(minutes=space["max_minutes"]), timedelta(days=WEEK))


def may_book(space: Json) -> bool:
    """Whether the form to book `space` is offered. The service says whose residents may book it. Visitors are offered it too,
    because nobody knows their community before they sign in."""
    among, reader = space.get("open_to_communities"), current.identity()
    return among is None or reader.account_id is None or reader.community_id in among


def availability_text(day: slots.Day) -> str:
    """A short text: how much of the day is free."""
    count = len(day.starts)
    if not count:
        words = {
            "booked": gettext("约满"),
            "held": gettext("约满"),
            "gap": gettext("约满"),
            "lottery": gettext("抽签"),
            "event": gettext("有活动"),
            "past": gettext("已过"),
            "too_soon": gettext("来不及"),
            "too_far": gettext("未开放"),
            "blocked": gettext("暂停"),
            "kept_for_elders": gettext("保留"),
            "kept_for_counter": gettext("保留"),
        }
        if day.provisional:
            return gettext("休息（暂定）")
        return words.get(day.reason or "", gettext("休息"))
    return gettext("有空") if count > SCARCE else ngettext("剩 %(num)d", "剩 %(num)d", count)


def reason_text(segment: slots.Segment, space: Json) -> str:
    """Why a time is not free: 需提前 30 分钟预约."""
    if segment.reason == "too_soon":
        return gettext("需要提前 %(time)s 预约", time=times.minutes(space["min_notice_minutes"]))
    if segment.opens_at:
        when = times.moment(segment.opens_at)
        if segment.reason == "too_far":
            return gettext("%(when)s起对您开放预约", when=when)
        why = label(BUSY_REASONS, segment.reason)
        return gettext("%(why)s，剩余的%(when)s起对所有人开放", why=why, when=when)
    if segment.reason == "too_far":
        opens = segment.starts_at.date() - timedelta(days=space["horizon_days"])
        return gettext("%(day)s起可以预约", day=times.day_name(opens))
    if segment.provisional:
        return gettext("节假日休息（暂定）")
    if segment.taken_as and not segment.title:
        return label(TAKEN_AS, segment.taken_as)
    return label(BUSY_REASONS, segment.reason)


def free_bars(day: slots.Day, space: Json) -> list[tuple[float, float]]:
    """The free parts of a day as (left, width), in per cent of its opening hours, for a small graphic."""
    opening = slots.opening_span(space, day.day)
    if opening is None:
        return []
    opens, closes = opening
    whole = (closes - opens).total_seconds()
    free = [(max(s.starts_at, opens), min(s.ends_at, closes)) for s in day.segments if s.reason is None]
    return [(_share(start - opens, whole), _share(end - start, whole)) for start, end in free if start < end]


def clamp(day: date, low: date, high: date) -> date:
    return max(low, min(day, high))


def parse_start(text: str | None) -> datetime | None:
    """A time in a query string. None if it is missing, malformed or not plausible."""
    try:
        moment = times.local(text or "")
    except ValueError:
        return None
    return moment if times.is_plausible(moment.date()) else None


def _share(part: timedelta, whole: float) -> float:
    return round(part.total_seconds() / whole * 100, 2)


def _known_or_none(value: str | None, known: object) -> str | None:
    return value if value and value in known else None  # type: ignore[operator]  # a mapping
