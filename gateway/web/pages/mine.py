"""The page 我的: coming bookings and registrations, own cases, and notifications."""

from datetime import timedelta
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from markupsafe import Markup

from gateway.calls import client
from gateway.http import current
from gateway.operations import erasure, families, own_account
from gateway.web import check_in_codes, times
from gateway.web.blueprint import pages
from gateway.web.guards import redirect_to, signed_in
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.questions import OPEN

CODES_AHEAD = timedelta(hours=24)
MOST_CODES = 3  # a code is 10 kB of the page


@pages.get("/mine")
@signed_in
def mine() -> str:
    bookings = block(client.booking.list_bookings, scope="mine", state="active", start=times.now(), limit=50)
    registrations = block(client.events.list_registrations, scope="mine", limit=50)
    return render_template(
        "mine.html",
        bookings=bookings,
        registrations=registrations,
        questions=block(client.booking.list_questions, scope="mine", state=OPEN, limit=20),
        coming=coming_up(bookings, registrations),
        codes=codes_to_show(bookings),
        waits=block(client.booking.list_waits, scope="mine", limit=20),
        entries=block(client.booking.list_lottery_entries, scope="mine", limit=5),
        cases=block(client.cases.list_cases, scope="mine", limit=10),
        inbox=block(client.notify.list_notifications, limit=5),
        greeting=greeting(),
        name=own_account.name(),
        running=erasure.running_of(UUID(current.identity().signed_in())),
        children=families.names_of_children(),
    )


@pages.post("/mine/name")
@signed_in
def change_name() -> Response:
    """Saves the reader's name, which staff see on lists."""
    if name := request.form.get("name", "").strip()[:40]:
        own_account.change(name=name)
        flash(gettext("已保存。"), "good")
    return redirect_to("pages.mine")


def coming_up(bookings: Block, registrations: Block) -> list[tuple[str, Json]]:
    """Bookings and registrations that have not ended, in order of their start, each with its kind."""
    both = [("booking", item) for item in bookings]
    both += [("registration", item) for item in registrations if item["state"] != "cancelled"]
    ahead = [pair for pair in both if times.local(pair[1]["ends_at"]) > times.now()]
    return sorted(ahead, key=lambda pair: times.local(pair[1]["starts_at"]))


def codes_to_show(bookings: Block) -> dict[str, Markup]:
    """The QR codes of check-in of the next bookings, by booking. They are a part of the page, so a phone that has
    loaded it shows them without network."""
    soon = times.now() + CODES_AHEAD
    near = [one for one in bookings if times.local(one["starts_at"]) <= soon and check_in_codes.is_open(one, times.now())]
    return {one["id"]: check_in_codes.drawn(one) for one in near[:MOST_CODES]}


def greeting() -> str:
    hour = times.now().hour
    if hour < 5:
        return gettext("夜深了")
    if hour < 11:
        return gettext("早上好")
    if hour < 13:
        return gettext("中午好")
    return gettext("下午好") if hour < 18 else gettext("晚上好")
