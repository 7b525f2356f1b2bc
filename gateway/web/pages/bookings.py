"""Book a space; see, cancel and move a booking, and change its number of people."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.web import slots, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, positive_number, required, strip_spaces, text_of, version_sent
from gateway.web.guards import redirect_to, signed_in
from gateway.web.pages.spaces import WEEK, availability_text, clamp, free_bars, may_book, parse_start, week_of
from gateway.web.service_calls import Json

FIELDS = {"starts_at": "start", "ends_at": "end"}


class BookForm(PageForm):
    """`start` and `end` are RFC 3339 text. The choices for `end` are the possible ends of a booking from `start`."""

    start = HiddenField(_l("开始时间"))
    end = SelectField(_l("到几点"), validate_choice=False, validators=required(_l("请选择结束时间。")))
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])

    def set_choices(self, ends: list[datetime], start: datetime) -> None:
        self.end.choices = options(
            (end.isoformat(), f"{times.hours(start, end)[6:]}\u3000{times.duration(start, end)}") for end in ends
        )


class AttendeesForm(PageForm):
    attendees = IntegerField(_l("人数"), [positive_number(_l("人数请填 1 以上的整数。"))])


@pages.get("/spaces/<uuid:space_id>/book")
@signed_in
def book(space_id: str) -> str | Response:
    if (start := parse_start(request.args.get("start"))) is None:
        return redirect_to("pages.space", space_id=space_id)
    return _book_page(space_id, BookForm(start=start.isoformat(), end=request.args.get("end")))


@pages.post("/spaces/<uuid:space_id>/book")
@signed_in
def send_booking(space_id: str) -> tuple[str, int] | Response:
    form = BookForm(request.form)
    if parse_start(form.start.data) is None:
        return redirect_to("pages.space", space_id=space_id)
    alternatives: list[Json] = []
    if form.is_valid():
        try:
            booking = client.booking.book_space(
                space_id=space_id,
                starts_at=form.start.data,
                ends_at=form.end.data,
                attendees=form.attendees.data,
                purpose=form.purpose.data or None,
            )
            flash(gettext("预约成功。请准时到场；来不了请提前取消，把时间让给邻居。"), "good")
            return redirect_to("pages.booking", booking_id=booking["id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    return _book_page(space_id, form, alternatives), 409 if alternatives else 422


@pages.get("/bookings/<uuid:booking_id>")
@signed_in
def booking(booking_id: str) -> str:
    return _booking_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/cancel")
@signed_in
def cancel_booking(booking_id: str) -> Response:
    reason = (request.form.get("reason") or "").strip()[:200]
    try:
        client.booking.cancel_booking(booking_id=booking_id, reason=reason or None)
        flash(gettext("已取消预约。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind != "conflict":
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.booking", booking_id=booking_id)


@pages.post("/bookings/<uuid:booking_id>/attendees")
@signed_in
def send_attendees(booking_id: str) -> tuple[str, int] | Response:
    form = AttendeesForm(request.form)
    if not form.is_valid():
        return _booking_page(booking_id, form), 422
    try:
        client.booking.change_attendees(booking_id=booking_id, attendees=form.attendees.data, expected_version=version_sent())
        flash(gettext("已更改人数。"), "good")
    except Refused as refused:
        if refused.kind == "invalid":
            form.add_refusal(refused)
            return _booking_page(booking_id, form), 422
        if refused.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.booking", booking_id=booking_id)


@pages.get("/bookings/<uuid:booking_id>/move")
@signed_in
def move_booking(booking_id: str) -> str:
    """Shows the space's free slots. After a start is chosen, it shows the possible ends."""
    return _move_page(booking_id, BookForm(start=request.args.get("start")))


@pages.post("/bookings/<uuid:booking_id>/move")
@signed_in
def send_move(booking_id: str) -> tuple[str, int] | Response:
    form = BookForm(request.form)
    if form.is_valid():
        try:
            client.booking.reschedule_booking(
                booking_id=booking_id,
                starts_at=form.start.data,
                ends_at=form.end.data,
                expected_version=version_sent(),
            )
            flash(gettext("已改到新的时间。"), "good")
            return redirect_to("pages.booking", booking_id=booking_id)
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict", "precondition"}:
                raise
            form.add_refusal(refused, FIELDS)
    return _move_page(booking_id, form), 422


def _booking_page(booking_id: str, form: AttendeesForm | None = None) -> str:
    found = client.booking.get_booking(booking_id=booking_id)
    return render_template("booking.html", booking=found, form=form or AttendeesForm(attendees=found["attendees"]))


def _book_page(space_id: str, form: BookForm, alternatives: list[Json] | None = None) -> str:
    space = client.booking.get_space(space_id=space_id)
    start = times.local(form.start.data)
    form.set_choices(_ends(space, start), start)
    choices = [(item, _alternative_fields(item, form)) for item in alternatives or []]
    return render_template("book.html", space=space, may_book=may_book(space), form=form, start=start, alternatives=choices)


def _alternative_fields(item: Json, form: BookForm) -> dict[str, Any]:
    """The hidden fields of an alternative: its time, and the other values of the form."""
    return {"start": item["starts_at"], "end": item["ends_at"], "attendees": form.attendees.data, "purpose": form.purpose.data}


def _ends(space: Json, start: datetime) -> list[datetime]:
    end = start + timedelta(minutes=space["max_minutes"])
    free = client.booking.get_availability(space_id=space["id"], start=start, end=end)["free"]
    return slots.ends_after(start, free, space)


def _move_page(booking_id: str, form: BookForm) -> str:
    found = client.booking.get_booking(booking_id=booking_id)
    space = client.booking.get_space(space_id=found["space_id"])
    start = parse_start(form.start.data)
    last = times.today() + timedelta(days=space["horizon_days"])
    wanted = start.date() if start else times.parse_day(request.args.get("date"), times.local(found["starts_at"]).date())
    chosen = clamp(wanted, times.today(), last)
    first = times.today() + timedelta(days=(chosen - times.today()).days // WEEK * WEEK)
    days = week_of(space, first)
    if start:
        form.set_choices(_ends(space, start), start)
    return render_template(
        "move_booking.html",
        booking=found,
        space=space,
        form=form,
        start=start,
        days=[(day, availability_text(day), free_bars(day, space)) for day in days],
        chosen=next(day for day in days if day.day == chosen),
        earlier=first - timedelta(days=WEEK) if first > times.today() else None,
        later=first + timedelta(days=WEEK) if first + timedelta(days=WEEK) <= last else None,
    )
