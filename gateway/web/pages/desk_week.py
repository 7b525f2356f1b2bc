"""The desk's week: of one space with a row for each day, and of all spaces with how much of each day is taken."""

from datetime import date, datetime, timedelta

from flask import render_template, request

from chassis.rpc.refusal import NotFound
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.web import desk_areas, desk_community, people, times
from gateway.web.blueprint import pages
from gateway.web.desk_days import DeskDays, hours_between
from gateway.web.guards import for_roles
from gateway.web.pages.desk_statistics import percent
from gateway.web.service_calls import Json, block
from services.booking.interface.spaces import SECTIONS

BARS = 100  # the width of a bar
PROXIES = ("clerk", "grid_worker")
WEEK = 7


@pages.get("/desk/bookings/spaces/<uuid:space_id>")
@for_roles(*desk_areas.BOOKINGS)
def desk_week(space_id: str) -> str:
    """Seven days from the chosen one."""
    mine = desk_community.choose()
    first = times.parse_day(request.args.get("date"), times.today())
    spaces = block(whole, client.booking.list_spaces)
    space = next((one for one in spaces if one["id"] == str(space_id)), None)
    if space is None and spaces.available:
        raise NotFound(space_id=str(space_id))
    around = [one["id"] for one in spaces if space and _shares(one, space)]
    shown = DeskDays(first, spaces, count=WEEK, only=around)
    spans = [shown.hours_of_day(day, [space]) for day in shown.days] if space else []
    opens, closes = min((one.hour for one, _ in spans), default=8), max((_last_hour(*one) for one in spans), default=20)
    rows = [shown.row(space, day, _at(day, opens, closes)) for day in shown.days] if space else []
    named = request.args.get("names") == "yes"
    return render_template(
        "desk_week.html",
        space=space,
        first=first,
        before=first - timedelta(days=WEEK),
        after=first + timedelta(days=WEEK),
        last=shown.days[-1],
        spaces=spaces,
        bookings=shown.bookings,
        complete=shown.complete,
        groups=[(space["section"], rows)] if space else [],
        columns=hours_between(*_at(first, opens, closes)),
        names=people.names_of_residents([item["resident_id"] for item in shown.bookings]) if named else None,
        may_book=current.identity().has_role(*PROXIES),
        mine=mine,
    )


@pages.get("/desk/bookings/week")
@for_roles(*desk_areas.BOOKINGS)
def desk_weeks() -> str:
    """Seven days from the chosen one, of all spaces: one call, however many bookings there are."""
    mine = desk_community.choose()
    first = times.parse_day(request.args.get("date"), times.today())
    days = [first + timedelta(days=n) for n in range(WEEK)]
    spaces = block(whole, client.booking.list_spaces)
    found = block(client.booking.get_space_days, first_day=first.isoformat(), last_day=days[-1].isoformat())
    by_space: dict[str, dict[str, Json]] = {}
    for one in found:
        by_space.setdefault(one["space_id"], {})[one["day"]] = one
    rows = [(space, [by_space.get(space["id"], {}).get(day.isoformat()) for day in days]) for space in spaces]
    groups = [(code, [row for row in rows if row[0]["section"] == code]) for code in SECTIONS]
    return render_template(
        "desk_weeks.html",
        first=first,
        days=days,
        before=first - timedelta(days=WEEK),
        after=first + timedelta(days=WEEK),
        spaces=spaces,
        found=found,
        groups=[group for group in groups if group[1]],
        bars=_bars,
        percent=percent,
        mine=mine,
    )


def _bars(use: Json) -> tuple[int, int]:
    """How wide the bars of bookings and of events are, of BARS. Together they are never wider than it."""
    opened = use["open_minutes"]
    if not opened:
        return 0, 0
    booked = min(BARS, round(BARS * use["booked_minutes"] / opened))
    return booked, min(BARS - booked, round(BARS * use["event_minutes"] / opened))


def _shares(one: Json, space: Json) -> bool:
    """Whether a booking of `one` takes time of `space`: it is the space, its whole or one of its parts."""
    return bool(one["id"] in (space["id"], space.get("parent_id")) or one.get("parent_id") == space["id"])


def _last_hour(opens: datetime, closes: datetime) -> int:
    """24 for an end at midnight."""
    return closes.hour if closes.date() == opens.date() else 24


def _at(day: date, opens: int, closes: int) -> tuple[datetime, datetime]:
    midnight = times.midnight(day)
    return midnight + timedelta(hours=opens), midnight + timedelta(hours=closes)
