"""A month of a space: which days have free times."""

from calendar import Calendar
from datetime import date, timedelta

from flask import render_template, request
from flask_babel import gettext

from gateway.calls import client
from gateway.http import community
from gateway.web import slots, times
from gateway.web.blueprint import pages
from gateway.web.pages.spaces import availability_text, clamp, days_from, free_bars, last_day, may_book

LATER = ("too_far", "kept_for_elders", "kept_for_counter")
CLOSED = ("closed", "holiday", "blocked")
OVER = ("past", "too_soon")


@pages.get("/spaces/<uuid:space_id>/month")
def space_month(space_id: str) -> str:
    """The month in the address, as YYYY-MM; by default this one. Its days are read in one call, from today on."""
    space = client.public.booking.get_space(space_id=space_id)
    community.show_of(space["community_id"])
    today, last = times.today(), last_day(space)
    asked = times.parse_day(f"{request.args.get('month', '')}-01", today.replace(day=1))
    month = clamp(asked, today.replace(day=1), last.replace(day=1))
    after = _next_month(month)
    first = max(month, today)
    days = {day.day: day for day in days_from(space, first, (after - first).days)}
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    return render_template(
        "space_month.html",
        space=space,
        month=month,
        weekdays=weeks[0],
        weeks=[[(day, days.get(day)) if day.month == month.month else None for day in week] for week in weeks],
        earlier=month - timedelta(days=1) if month > today else None,
        later=after if after <= last else None,
        may_book=may_book(space),
        state_of=state_of,
        word_of=word_of,
        bars_of=lambda day: free_bars(day, space),
    )


def state_of(day: slots.Day) -> str:
    """`free`: nothing is taken; `part`: some of it is; `full`; `later`: not open for booking yet; `over`; `closed`."""
    if day.starts:
        return "part" if any(segment.reason not in (None, "gap", *OVER, *CLOSED) for segment in day.segments) else "free"
    if day.reason in CLOSED:
        return "closed"
    if day.reason in LATER:
        return "later"
    return "over" if day.reason in OVER else "full"


def word_of(day: slots.Day) -> str:
    """As short as a cell of a month on a phone: 有空, 部分, 剩 2, 约满, 休息, 未开放."""
    words = availability_text(day)
    return gettext("部分") if state_of(day) == "part" and words == gettext("有空") else words


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
