"""All bookings of the reader and of the reader's children, month by month, and the way to book one again."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import NotFound, Refused
from gateway.calls import client
from gateway.http import community, current
from gateway.operations import families
from gateway.web import slots, times
from gateway.web.blueprint import pages
from gateway.web.forms import is_id
from gateway.web.guards import redirect_to, signed_in
from gateway.web.pages.spaces import last_day
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.windows import LONGEST_WINDOW

PER_PAGE = 30
MOST_WINDOWS = 3  # calls that look for the next free date


@pages.get("/mine/bookings")
@signed_in
def my_bookings() -> str:
    """Bookings that have begun, latest first; with `all` also those to come. In every state."""
    whole = request.args.get("which") == "all"
    query: dict[str, Any] = {} if whole else {"end": times.now()}
    found = block(
        client.booking.list_bookings, scope="mine", limit=PER_PAGE, cursor=request.args.get("cursor") or None, **query
    )
    return render_template(
        "my_bookings.html",
        found=found,
        months=by_month(found),
        whole=whole,
        children=families.names_of_children(),
    )


@pages.get("/bookings/<uuid:booking_id>/again")
@signed_in
def book_again(booking_id: str) -> Response:
    """Leads to the form for the next free date with the same space, weekday and time of day. If there is none, it leads to the
    space."""
    found = own_booking(str(booking_id))
    if found is None:
        raise NotFound(booking_id=str(booking_id))
    community.show_of(found["community_id"])
    try:
        space = client.booking.get_space(space_id=found["space_id"])
    except Refused as refused:
        if refused.kind != "not_found":
            raise
        flash(gettext("这个场地已经不能预约了。"), "bad")
        return redirect_to("pages.spaces")
    span = next_free(space, found)
    if span is None:
        flash(gettext("接下来没有同一天、同一时间的空位，请选别的时间。"), "bad")
        return redirect_to("pages.space", space_id=space["id"])
    start, end = (moment.isoformat() for moment in span)
    return redirect_to("pages.book", space_id=space["id"], start=start, end=end, again=found["id"])


def own_booking(booking_id: str | None) -> Json | None:
    """The booking, if the reader or one of the reader's children has it. None for a text that is no id."""
    if not booking_id or not is_id(booking_id):
        return None
    try:
        found: Json = client.booking.get_booking(booking_id=booking_id)
    except Refused as refused:
        if refused.kind != "not_found":
            raise
        return None
    return found if current.identity().speaks_for(found["resident_id"]) else None


def wished_again(booking: Json) -> dict[str, Any]:
    """The fields of the form that are the same as those of `booking`."""
    child = booking["resident_id"] if booking["resident_id"] in current.identity().children else ""
    return {"attendees": booking["attendees"], "purpose": booking["purpose"], "resident_id": child}


def next_free(space: Json, booking: Json) -> tuple[datetime, datetime] | None:
    """The next start and end on the weekday and at the time of day of `booking` that are free for its resident. None if there
    are none among the days that can be booked, or within the first three months."""
    dates = _same_weekdays(space, booking)
    length = times.local(booking["ends_at"]) - times.local(booking["starts_at"])
    child = {"resident_id": booking["resident_id"]} if booking["resident_id"] in current.identity().children else {}
    for _ in range(MOST_WINDOWS):
        if not dates:
            return None
        until = dates[0] + LONGEST_WINDOW
        here = [start for start in dates if start + length <= until]
        if not here:
            return None
        free = client.booking.get_availability(space_id=space["id"], start=here[0], end=here[-1] + length, **child)["free"]
        for start in here:
            if start + length in slots.ends_after(start, free, space):
                return start, start + length
        dates = dates[len(here) :]
    return None


def _same_weekdays(space: Json, booking: Json) -> list[datetime]:
    """The starts to come, week by week, until the last day of the space's calendar. Times that the clocks skip are left out."""
    began = times.local(booking["starts_at"])
    first = times.today() + timedelta(days=(began.weekday() - times.today().weekday()) % 7)
    weeks = range(max(0, (last_day(space) - first).days // 7 + 1))
    starts = [times.at(first + timedelta(weeks=n), began.timetz().replace(tzinfo=None)) for n in weeks]
    return [start for start in starts if start > times.now() and times.exists(start)]


def by_month(found: Block) -> list[tuple[date, list[Json]]]:
    """The bookings in groups with the first day of their month, in their order."""
    groups = groupby(found, key=lambda item: times.local(item["starts_at"]).date().replace(day=1))
    return [(month, list(items)) for month, items in groups]
