"""Queues of counters for everybody: how long it takes, take a ticket, follow it, and the display on the wall. No account is
needed. The address of a ticket, and that of a display, cannot be guessed."""

from typing import Any

from flask import Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import community, current, limits
from gateway.operations.tickets import take_ticket as send_ticket
from gateway.web import qr, times
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import redirect_to
from gateway.web.service_calls import Json, block

_SHOWN = {"conflict", "invalid", "too_many"}


@pages.get("/queues")
def ticket_queues() -> str:
    mine = block(client.booking.list_my_tickets) if current.identity().account_id else None
    return render_template("ticket_queues.html", found=block(client.booking.list_ticket_queues), mine=mine)


@pages.get("/queues/<uuid:ticket_queue_id>")
def ticket_queue(ticket_queue_id: str) -> str:
    queue = client.booking.get_ticket_queue(ticket_queue_id=ticket_queue_id)
    community.show_of(queue["community_id"])
    return render_template("ticket_queue.html", queue=queue, appointments=_appointments(queue))


@pages.post("/queues/<uuid:ticket_queue_id>/tickets")
def take_ticket(ticket_queue_id: str) -> Response:
    """A new ticket, or the open one of this person or device. `at_desk` is what clerks send for people in front of them."""
    at_desk = request.form.get("at_desk") == "1"
    payload: dict[str, Any] = {"ticket_queue_id": str(ticket_queue_id), "at_desk": at_desk}
    payload |= {name: request.form[name] for name in ("service_id", "booking_id") if request.form.get(name)}
    try:
        limits.spend(limits.TICKETS)
        ticket = send_ticket(payload)
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
        return redirect_to("pages.call_board" if at_desk else "pages.ticket_queue", ticket_queue_id=ticket_queue_id)
    return redirect_to("pages.ticket_slip" if at_desk else "pages.ticket", secret=ticket["secret"])


@pages.get("/t/<secret>")
def ticket(secret: str) -> Response:
    """Follow a ticket. Scripts load the part `live` of the page again from time to time."""
    return _private(make_response(render_template("ticket.html", **_followed(secret))))


@pages.get("/t/<secret>/slip")
def ticket_slip(secret: str) -> Response:
    """The ticket for the printer, with a code that leads to its page."""
    address = url_for("pages.ticket", secret=secret, _external=True)
    code = qr.svg(address, gettext("扫码看还要等多久"))
    return _private(make_response(render_template("ticket_slip.html", code=code, **_followed(secret))))


@pages.post("/t/<secret>/give-up")
def give_up_ticket(secret: str) -> Response:
    try:
        client.booking.give_up_ticket(secret=secret)
        flash(gettext("已取消排队，谢谢您让给后面的人。"), "good")
    except Refused as refused:
        if refused.kind not in _SHOWN:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.ticket", secret=secret)


@pages.get("/wall/<wall_key>")
def wall(wall_key: str) -> Response:
    """The display for a television. Its script loads the same address again every few seconds and takes the part `wall`."""
    limits.spend(limits.TICKET_LOOKS)
    queue = client.booking.get_wall(wall_key=wall_key)
    community.show_of(queue["community_id"])
    return _private(make_response(render_template("wall.html", queue=queue)))


def _followed(secret: str) -> dict[str, Any]:
    limits.spend(limits.TICKET_LOOKS)
    found = client.booking.get_ticket(secret=secret)
    community.show_of(found["community_id"])
    return {"ticket": found}


def _appointments(queue: Json) -> list[Json]:
    """The reader's own bookings of today at this counter, with which they can check in."""
    if current.identity().account_id is None:
        return []
    midnight = times.now().replace(hour=0, minute=0, second=0, microsecond=0)
    found = block(client.booking.list_bookings, scope="mine", state="confirmed", start=midnight, limit=50)
    here = [one for one in found if one["space_id"] == queue["space_id"]]
    return [one for one in here if times.local(one["starts_at"]).date() == times.today()]


def _private(response: Response) -> Response:
    """The address has a secret in it: no cache stores the page, no search engine lists it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
