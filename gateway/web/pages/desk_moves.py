"""A booking that staff drop elsewhere on the desk's grid: what would happen, and the move once it is confirmed."""

from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, StringField, TimeField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import current
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, is_id, optional_text, plausible_day, required, strip_spaces, text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json
from services.booking.interface.booking_words import STAFF_REASONS
from services.booking.interface.lottery_refusals import DecidedByLottery
from services.booking.interface.refusals import (
    KeptForCounter,
    KeptForElders,
    LimitReached,
    NotOpenYet,
    TooFar,
    TooLong,
    TooManyNoShows,
    TooSoon,
)

PROXIES = ("clerk", "grid_worker")
# The rules that staff may break with a reason.
_RULES = (
    TooSoon,
    TooFar,
    NotOpenYet,
    TooLong,
    KeptForElders,
    KeptForCounter,
    DecidedByLottery,
    TooManyNoShows,
    LimitReached,
)
BEYOND = {rule.code for rule in _RULES}
LONGEST = 7 * 24 * 60


class DropForm(PageForm):
    """`space_id` is checked by the service. `length` is in minutes."""

    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    start = TimeField(_l("开始时间"), required(_l("请填写时间。")))
    length = IntegerField(_l("时长"), [validators.InputRequired(), validators.NumberRange(1, LONGEST)])
    beyond_reason = StringField(_l("超出规定的理由"), optional_text(200), filters=[strip_spaces])

    def time_wanted(self) -> tuple[datetime, datetime] | None:
        """Start and end. None if a field is missing or the clocks skip the start. Raises OverflowError if the form is not valid
        and its time is far away."""
        day, start, length = self.day.data, self.start.data, self.length.data
        if day is None or start is None or not length:
            return None
        starts_at = times.at(day, start)
        return (starts_at, starts_at + timedelta(minutes=length)) if times.exists(starts_at) else None


@pages.get("/desk/bookings/<uuid:booking_id>/move")
@for_roles(*PROXIES)
def desk_move(booking_id: str) -> str | Response:
    form = DropForm(request.args)
    if not form.is_valid() or form.time_wanted() is None:
        return redirect_to("pages.move_booking", booking_id=booking_id)
    return _page(booking_id, form)


@pages.post("/desk/bookings/<uuid:booking_id>/move")
@for_roles(*PROXIES)
@shown_again
def send_desk_move(booking_id: str) -> tuple[str, int] | Response:
    form = DropForm(request.form)
    wanted = form.time_wanted() if form.is_valid() else None
    if wanted is None:
        return redirect_to("pages.move_booking", booking_id=booking_id)
    chosen = request.form.get("staff_reason")
    try:
        moved = client.booking.reschedule_booking(
            booking_id=booking_id,
            starts_at=wanted[0],
            ends_at=wanted[1],
            space_id=_space_wanted(),
            staff_reason=chosen if chosen in STAFF_REASONS else None,
            beyond_reason=form.beyond_reason.data or None,
            expected_version=version_sent(),
        )
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict", "precondition"}:
            raise
        form.add_refusal(refused, {"starts_at": "start", "ends_at": "length"})
        return _page(booking_id, form, refused), 409 if refused.kind == "conflict" else 422
    flash(gettext("已改期：%(when)s。居民会收到通知。", when=times.span(moved["starts_at"], moved["ends_at"])), "good")
    return redirect_to("pages.desk_bookings", date=wanted[0].date(), community=moved["community_id"])


def _page(booking_id: str, form: DropForm, refused: Refused | None = None) -> str:
    """The booking as it is now, and what is wanted. `refused` is why it was not moved; without it, the service is asked whether
    it could be."""
    found = client.booking.get_booking(booking_id=booking_id)
    space = client.booking.get_space(space_id=_space_wanted() or found["space_id"])
    wanted = form.time_wanted()
    if wanted is None:
        return render_template("desk_move.html", booking=found, space=space, form=form, wanted=None, why="", alternatives=[])
    same = (space["id"], *wanted) == (found["space_id"], times.local(found["starts_at"]), times.local(found["ends_at"]))
    if refused is None and not same:
        refused = _why_not(found, space, wanted)
    alternatives: list[Json] = (refused.details.get("alternatives") or []) if refused else []
    return render_template(
        "desk_move.html",
        booking=found,
        space=space,
        form=form,
        wanted=wanted,
        same=same,
        why=text_of(refused) if refused and not form.errors else "",
        beyond=bool(form.beyond_reason.data) or (refused is not None and refused.code in BEYOND),
        possible=refused is None or refused.code in BEYOND or form.outdated,
        alternatives=[(item, _fields_of(item)) for item in alternatives],
        for_resident=not current.identity().speaks_for(found["resident_id"]),
    )


def _space_wanted() -> str | None:
    """None: the same space."""
    chosen = request.values.get("space_id", "")
    return chosen if is_id(chosen) else None


def _why_not(booking: Json, space: Json, wanted: tuple[datetime, datetime]) -> Refused | None:
    try:
        client.booking.check_time(
            space_id=space["id"],
            starts_at=wanted[0],
            ends_at=wanted[1],
            attendees=booking["attendees"],
            moving=booking["id"],
        )
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        return refused
    return None


def _fields_of(alternative: Json) -> dict[str, Any]:
    """The fields of this page for an alternative."""
    start, end = times.local(alternative["starts_at"]), times.local(alternative["ends_at"])
    length = int((end - start) / timedelta(minutes=1))
    return {"space_id": alternative["space_id"], "day": start.date(), "start": _clock(start.time()), "length": length}


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
