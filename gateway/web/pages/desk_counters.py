"""The call board of a counter for clerks, and the figures of a queue."""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.web import desk_areas, desk_community, times
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.service_calls import Json, block
from services.booking.interface.counter_words import TICKET_STEPS
from services.booking.interface.counters import LONGEST_FIGURES

DESK = desk_areas.BOOKINGS
CLERKS = ("clerk", "grid_worker")
_SHOWN = {"conflict", "invalid", "precondition"}


@pages.get("/desk/counters")
@for_roles(*DESK)
def desk_counters() -> str:
    mine = desk_community.choose()
    return render_template("desk_counters.html", found=block(client.booking.list_ticket_queues), mine=mine)


@pages.get("/desk/counters/<uuid:ticket_queue_id>")
@for_roles(*DESK)
def call_board(ticket_queue_id: str) -> str:
    board = client.booking.get_call_board(ticket_queue_id=ticket_queue_id)
    my_window = next((one for one in board["windows"] if one["id"] == board["my_window_id"]), None)
    current = _at_window(board, my_window)
    return render_template("call_board.html", board=board, my_window=my_window, current=current)


@pages.post("/desk/counters/<uuid:ticket_queue_id>/windows/<uuid:window_id>/<any(open, close):what>")
@for_roles(*CLERKS)
def change_window(ticket_queue_id: str, window_id: str, what: str) -> Response:
    verb = client.booking.open_counter_window if what == "open" else client.booking.close_counter_window
    try:
        verb(counter_window_id=window_id)
    except (Refused, Refusal) as refusal:
        _show(refusal)
    return redirect_to("pages.call_board", ticket_queue_id=ticket_queue_id)


@pages.post("/desk/counters/<uuid:ticket_queue_id>/windows/<uuid:window_id>/next")
@for_roles(*CLERKS)
def call_next(ticket_queue_id: str, window_id: str) -> Response:
    try:
        board = client.booking.call_next_ticket(
            counter_window_id=window_id, finished_ticket_id=request.form.get("finished_ticket_id") or None
        )
        window = next(one for one in board["windows"] if one["id"] == str(window_id))
        if window["ticket"] is None:
            flash(gettext("现在没有人在等。"), "good")
    except (Refused, Refusal) as refusal:
        _show(refusal)
    return redirect_to("pages.call_board", ticket_queue_id=ticket_queue_id)


@pages.post("/desk/counters/<uuid:ticket_queue_id>/tickets/<uuid:ticket_id>/steps")
@for_roles(*CLERKS)
def take_ticket_step(ticket_queue_id: str, ticket_id: str) -> Response:
    """One step, from the button `step`. `to` of a transfer is `service:<id>` or `window:<id>`."""
    step = request.form.get("step", "")
    if step not in TICKET_STEPS:
        abort(400)
    kind, _, chosen = request.form.get("to", "").partition(":")
    to: dict[str, Any] = {}
    if step == "transfer" and chosen:
        to = {"service_id" if kind == "service" else "counter_window_id": chosen}
    try:
        client.booking.take_ticket_step(ticket_id=ticket_id, step=step, expected_version=version_sent(), **to)
    except (Refused, Refusal) as refusal:
        _show(refusal)
    return redirect_to("pages.call_board", ticket_queue_id=ticket_queue_id)


@pages.post("/desk/counters/<uuid:ticket_queue_id>/today")
@for_roles(*CLERKS)
def set_queue_today(ticket_queue_id: str) -> Response:
    """Tickets until the local time `until`, or with the button `stop` no more today."""
    now = times.now()
    closes_at = now if "stop" in request.form else _today_at(request.form.get("until", ""), now)
    try:
        client.booking.set_queue_today(ticket_queue_id=ticket_queue_id, closes_at=closes_at.isoformat())
        flash(gettext("已保存。"), "good")
    except (Refused, Refusal) as refusal:
        _show(refusal)
    return redirect_to("pages.call_board", ticket_queue_id=ticket_queue_id)


@pages.get("/desk/counters/<uuid:ticket_queue_id>/figures")
@for_roles(*DESK)
def queue_figures(ticket_queue_id: str) -> str:
    first, last = _days()
    queue = client.booking.get_call_board(ticket_queue_id=ticket_queue_id)
    return render_template(
        "queue_figures.html", queue=queue, first=first, last=last, rows=_figures(ticket_queue_id, first, last)
    )


@pages.get("/desk/counters/<uuid:ticket_queue_id>/figures.csv")
@for_roles(*DESK)
def queue_figures_file(ticket_queue_id: str) -> Response:
    first, last = _days()
    rows, file = _figures(ticket_queue_id, first, last), StringIO()
    writer = csv.writer(file)
    titles = (gettext("日期"), gettext("窗口"), gettext("办结"), gettext("离开"), gettext("等候中位数（分钟）"))
    writer.writerow([*titles, gettext("等候九成以内（分钟）"), gettext("办理中位数（分钟）")])
    for row in rows:
        writer.writerow(["" if value is None else value for value in (row[name] for name in _COLUMNS)])
    response = Response("\ufeff" + file.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="queue-{first}-{last}.csv"'
    return response


_COLUMNS = (
    "day", "window", "served", "left", "waited_median_minutes", "waited_p90_minutes", "service_median_minutes",
)  # fmt: skip


def _figures(ticket_queue_id: str, first: date, last: date) -> list[Json]:
    found = client.booking.get_queue_figures(
        ticket_queue_id=ticket_queue_id, first_day=first.isoformat(), last_day=last.isoformat()
    )["items"]
    return list(found)


def _days() -> tuple[date, date]:
    """From the address. The last month if they are missing or in no order."""
    today = times.today()
    last = times.parse_day(request.args.get("to"), today)
    first = times.parse_day(request.args.get("from"), last - timedelta(days=30))
    return (first, last) if timedelta(0) <= last - first <= LONGEST_FIGURES else (today - timedelta(days=30), today)


def _at_window(board: Json, window: Json | None) -> Json | None:
    """The ticket that is called or served at the clerk's window."""
    here = None if window is None else window["ticket"]
    return next((one for one in board["tickets"] if here is not None and one["ticket"] == here), None)


def _today_at(clock: str, now: datetime) -> datetime:
    """Raises BadRequest for text that is no time."""
    try:
        wanted = time.fromisoformat(clock)
    except ValueError:
        abort(400)
    return now.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)


def _show(refusal: Refused | Refusal) -> None:
    if refusal.kind not in _SHOWN:
        raise refusal
    flash(text_of(refusal), "bad")
