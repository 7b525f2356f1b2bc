"""The requests that wait for the reader's answer, and the answers."""

from collections.abc import Callable
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext, ngettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.web import desk_community, people, requests
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_staff, local_target, redirect_to, see_other
from gateway.web.service_calls import Block, block
from services.booking.interface.booking_words import DECLINE_REASONS

PER_PAGE = 50
_SHOWN = {"conflict", "precondition", "invalid"}


def waiting() -> Block:
    """How many requests wait for the reader: the card of the desk. `answer` has `count`."""
    return block(client.booking.list_requests, community_id=current.community_id(), limit=1)


@pages.get("/desk/requests")
@for_staff
def desk_requests() -> str:
    mine = desk_community.choose()
    found = block(
        client.booking.list_requests,
        community_id=current.community_id(),
        limit=PER_PAGE,
        cursor=request.args.get("cursor") or None,
    )
    named = people.reveal(sorted({one["resident_id"] for one in found}))
    return render_template("desk_requests.html", found=found, groups=requests.side_by_side(found), people=named, mine=mine)


@pages.post("/bookings/<uuid:booking_id>/accept")
@for_staff
def accept_request(booking_id: str) -> Response:
    def accept() -> str:
        client.booking.accept_request(booking_id=booking_id, expected_version=version_sent())
        return gettext("已同意，居民会收到通知。同一时间的其他申请已婉拒，并附上了其他时间。")

    return _answered(accept, "pages.booking", booking_id=booking_id)


@pages.post("/bookings/<uuid:booking_id>/decline")
@for_staff
def decline_request(booking_id: str) -> Response:
    def decline() -> str:
        client.booking.decline_request(booking_id=booking_id, expected_version=version_sent(), **_why())
        return gettext("已婉拒，居民会收到通知。")

    return _answered(decline, "pages.booking", booking_id=booking_id)


@pages.post("/series/<uuid:series_id>/accept")
@for_staff
def accept_series_requests(series_id: str) -> Response:
    def accept() -> str:
        given = client.booking.accept_series_requests(series_id=series_id)
        kept = sum(one["state"] == "requested" and one["code"] is not None for one in given["dates"])
        if kept:
            return ngettext("已同意。有 %(num)d 次给不了，仍待答复。", "已同意。有 %(num)d 次给不了，仍待答复。", kept)
        return gettext("已同意全部待审批的日期，居民会收到一条通知。")

    return _answered(accept, "pages.series", series_id=series_id)


@pages.post("/series/<uuid:series_id>/decline")
@for_staff
def decline_series_requests(series_id: str) -> Response:
    def decline() -> str:
        client.booking.decline_series_requests(series_id=series_id, **_why())
        return gettext("已婉拒全部待审批的日期，居民会收到一条通知。")

    return _answered(decline, "pages.series", series_id=series_id)


def _answered(answer: Callable[[], str], endpoint: str, **values: Any) -> Response:
    """Do what the approver decided and say so, or say why not: for example who was first."""
    try:
        flash(answer(), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(_text_of(refusal), "bad")
    target = local_target(request.form.get("next"), "")
    return see_other(target) if target else redirect_to(endpoint, **values)


def _text_of(refusal: Refused | Refusal) -> str:
    """With the name of the colleague who was first."""
    decider = str(refusal.details.get("decided_by") or "")
    name = people.names_of_staff([decider]).get(decider) if decider and decider != "None" else None
    return f"{text_of(refusal)}{gettext('（%(name)s）', name=name)}" if name else text_of(refusal)


def _why() -> dict[str, Any]:
    """The reason and the note of the form. A reason that is no code is sent on, and refused."""
    reason, note = request.form.get("reason", ""), request.form.get("note", "").strip()[:200]
    return {"reason": reason if reason in DECLINE_REASONS else "other", "note": note or None}
