"""Book a space; see, cancel and move a booking, and change its number of people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import families, people
from gateway.operations.check_in_codes import code_of
from gateway.web import check_in_codes, equipment_choices, requests, slots, times
from gateway.web import people as colleagues
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, positive_number, required, strip_spaces, text_of, version_sent
from gateway.web.guards import redirect_to, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.pages import appeals, desk_door_codes, questions, series
from gateway.web.pages.my_bookings import own_booking, wished_again
from gateway.web.pages.spaces import (
    WEEK,
    availability_text,
    clamp,
    free_bars,
    last_day,
    may_book,
    parse_start,
    reason_text,
    week_of,
)
from gateway.web.repeating import RepeatFields
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.booking_words import STAFF_REASONS
from services.booking.interface.refusals import SpaceTaken

FIELDS = {"starts_at": "start", "ends_at": "end"}


class BookForm(RepeatFields):
    """`start` and `end` are RFC 3339 text. The choices for `end` are the possible ends of a booking from `start`."""

    start = HiddenField(_l("开始时间"))
    resident_id = SelectField(_l("为谁预约"), validate_choice=False)
    end = SelectField(_l("到几点"), validate_choice=False, validators=required(_l("请选择结束时间。")))
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])

    def set_choices(self, ends: list[datetime], start: datetime) -> None:
        self.end.choices = options(
            (end.isoformat(), f"{times.hours(start, end)[6:]}\u3000{times.duration(start, end)}") for end in ends
        )


class AttendeesForm(PageForm):
    attendees = IntegerField(_l("人数"), [positive_number(_l("人数请填 1 以上的整数。"))])


class PurposeForm(PageForm):
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])


@pages.get("/spaces/<uuid:space_id>/book")
@signed_in
def book(space_id: str) -> str | Response:
    if (start := parse_start(request.args.get("start"))) is None:
        return redirect_to("pages.space", space_id=space_id)
    before = own_booking(request.args.get("again"))
    again = wished_again(before) if before else {}
    return _book_page(space_id, BookForm(start=start.isoformat(), end=request.args.get("end"), **again), before=before)


@pages.post("/spaces/<uuid:space_id>/book")
@signed_in
@shown_again
def send_booking(space_id: str) -> tuple[str, int] | Response:
    form = BookForm(request.form)
    if parse_start(form.start.data) is None:
        return redirect_to("pages.space", space_id=space_id)
    alternatives: list[Json] = []
    if form.is_valid() and (not form.repeats or form.has_end(times.local(form.start.data).date())):
        try:
            if form.repeats:
                return series.review(space_id, form, _wish(form)), 200
            booking = client.booking.book_space(
                space_id=space_id,
                starts_at=form.start.data,
                ends_at=form.end.data,
                attendees=form.attendees.data,
                purpose=form.purpose.data or None,
                resident_id=_child(form),
                **equipment_choices.asked(),
            )
            flash(_said_of(booking), "good")
            return redirect_to("pages.booking", booking_id=booking["id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    return _book_page(space_id, form, alternatives), 409 if alternatives else 422


def _said_of(made: Json) -> str:
    if made["state"] == "requested":
        return gettext("申请已提交，最迟%(when)s答复。在此之前还没有为您留下这段时间。", when=times.moment(made["answer_by"]))
    if any(one["state"] == "lost" for one in made.get("equipment") or ()):
        return gettext("场地预约成功，但有设备没有留到，详见预约单。")
    return gettext("预约成功。请准时到场；来不了请提前取消，把时间让给邻居。")


@pages.get("/bookings/<uuid:booking_id>")
@signed_in
def booking(booking_id: str) -> str:
    return _booking_page(booking_id)


@pages.post("/bookings/<uuid:booking_id>/cancel")
@signed_in
def cancel_booking(booking_id: str) -> Response:
    reason = (request.form.get("reason") or "").strip()[:200]
    try:
        client.booking.cancel_booking(booking_id=booking_id, reason=reason or None, staff_reason=_staff_reason())
        flash(gettext("已取消预约。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind != "conflict":
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.booking", booking_id=booking_id)


@pages.post("/bookings/<uuid:booking_id>/end")
@signed_in
def end_booking(booking_id: str) -> Response:
    try:
        client.booking.end_booking(booking_id=booking_id, expected_version=version_sent())
        flash(gettext("已提前结束，剩下的时间可以给别人用了。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in {"conflict", "precondition"}:
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


@pages.post("/bookings/<uuid:booking_id>/purpose")
@signed_in
def send_purpose(booking_id: str) -> tuple[str, int] | Response:
    form = PurposeForm(request.form)
    if not form.is_valid():
        return _booking_page(booking_id, purpose=form), 422
    try:
        client.booking.change_purpose(booking_id=booking_id, purpose=form.purpose.data or None, expected_version=version_sent())
        flash(gettext("已更改用途。"), "good")
    except Refused as refused:
        if refused.kind == "invalid":
            form.add_refusal(refused)
            return _booking_page(booking_id, purpose=form), 422
        if refused.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.booking", booking_id=booking_id)


@pages.post("/bookings/<uuid:booking_id>/equipment")
@signed_in
def send_equipment(booking_id: str) -> tuple[str, int] | Response:
    form = PageForm(request.form)
    try:
        client.booking.change_booking_equipment(
            booking_id=booking_id,
            equipment=equipment_choices.chosen(),
            expected_version=version_sent(),
            **equipment_choices.if_taken(),
        )
        flash(gettext("已更改设备。"), "good")
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict", "precondition"}:
            raise
        form.add_refusal(refused)
        return _booking_page(booking_id, things=form), STATUS_OF_KIND[refused.kind]
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
            moved = client.booking.reschedule_booking(
                booking_id=booking_id,
                starts_at=form.start.data,
                ends_at=form.end.data,
                space_id=_wanted_space() or None,
                staff_reason=_staff_reason(),
                expected_version=version_sent(),
                **equipment_choices.if_taken(),
            )
            flash(gettext("已改期。") if moved["state"] != "requested" else _said_of(moved), "good")
            return redirect_to("pages.booking", booking_id=booking_id)
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict", "precondition"}:
                raise
            form.add_refusal(refused, FIELDS)
    return _move_page(booking_id, form), 422


def _staff_reason() -> str | None:
    """What staff chose. Residents have no such field."""
    chosen = request.form.get("staff_reason")
    return chosen if chosen in STAFF_REASONS else None


def _booking_page(
    booking_id: str,
    form: AttendeesForm | None = None,
    purpose: PurposeForm | None = None,
    things: PageForm | None = None,
) -> str:
    found: dict[str, Any] = {**client.booking.get_booking(booking_id=booking_id)}
    free_until = found.get("free_until") or found["starts_at"]  # not there while booking is of the last release
    code = code_of(found["id"]) if check_in_codes.is_open(found, times.now()) else ""
    people.add_system_names([found], system_id="system_name", changed_by_system_id="changed_by_system_name")
    return render_template(
        "booking.html",
        booking=found,
        form=form or AttendeesForm(attendees=found["attendees"]),
        purpose=purpose or PurposeForm(purpose=found["purpose"]),
        things=things or PageForm(),
        move_names=colleagues.names_of_staff({move["by"] for move in found.get("beyond_moves") or ()}),
        questions=questions.open_about(found),
        children=families.names_of_children(),
        for_resident=_is_of_another(found),
        free_until=free_until,
        decider=requests.decider_of(found),
        code=code,
        door=desk_door_codes.of_reader(found),
        appeal=appeals.of_booking(found),
        drawn=check_in_codes.drawn(found) if code else "",
        equipment=_equipment_to_choose(found),
        late=found["state"] == "confirmed" and times.local(free_until) < times.now() < times.local(found["starts_at"]),
    )


def _equipment_to_choose(booking: Json) -> list[equipment_choices.Offer]:
    """What the reader could have with the booking now. Empty if its equipment cannot change."""
    if "change_equipment" not in booking["can"]:
        return []
    times_of = {"start": booking["starts_at"], "end": booking["ends_at"], "booking_id": booking["id"]}
    kinds = block(client.booking.list_equipment, space_id=booking["space_id"], **times_of)
    return equipment_choices.offers(kinds, booking.get("equipment") or ())


def _is_of_another(booking: Mapping[str, Any]) -> bool:
    """Whether the reader serves the resident of the booking, and is not the resident or a guardian."""
    return not current.identity().speaks_for(booking["resident_id"])


def _book_page(space_id: str, form: BookForm, alternatives: list[Json] | None = None, before: Json | None = None) -> str:
    """`before` is the booking that is booked again: its equipment is chosen in the form."""
    space = client.booking.get_space(space_id=space_id)
    start = times.local(form.start.data)
    ends = _ends(space, start)
    form.set_choices(ends, start)
    why, may_wait = "", False
    if not ends and not alternatives:
        why, alternatives, may_wait = _why_not(space, start)
    choices = [(item, _alternative_fields(item, form)) for item in alternatives or []]
    children = families.names_of_children()
    form.resident_id.choices = options([("", gettext("本人")), *children.items()])
    return render_template(
        "book.html",
        space=space,
        may_book=may_book(space),
        form=form,
        start=start,
        length=_length(form, start, space),
        alternatives=choices,
        children=children,
        why=why,
        may_wait=may_wait,
        limits=block(client.booking.get_space_limits, space_id=space_id, at=start),
        answer_by=requests.answer_by(space, start),
        equipment=_equipment_from(space, start, form, before),
        own=_own_around(start, start + timedelta(minutes=space["min_minutes"])),
    )


def _length(form: BookForm, start: datetime, space: Json) -> int:
    """Of the wished booking, in minutes; the shortest if no end was chosen."""
    end = parse_start(form.end.data)
    return int((end - start).total_seconds()) // 60 if end is not None and end > start else int(space["min_minutes"])


def _equipment_from(space: Json, start: datetime, form: BookForm, before: Json | None) -> list[equipment_choices.Offer]:
    """What is free from `start` to the chosen end, or for the shortest booking."""
    end = parse_start(form.end.data) if form.end.data else None
    if end is None or end <= start:
        end = start + timedelta(minutes=space["min_minutes"])
    kinds = block(client.booking.list_equipment, space_id=space["id"], start=start, end=end)
    return equipment_choices.offers(kinds, (before.get("equipment") or ()) if before else ())


def _own_around(start: datetime, end: datetime) -> Block:
    """The reader's bookings that overlap this time: a warning, not a refusal."""
    return block(client.booking.list_bookings, scope="mine", state="active", start=start, end=end, limit=5)


def _why_not(space: Json, start: datetime) -> tuple[str, list[Json], bool]:
    """Why the shortest booking from `start` is refused, in the service's words, alternatives, and whether one can wait for it.
    Empty if it is free by now."""
    step = space["slot_minutes"]
    shortest = timedelta(minutes=-(-space["min_minutes"] // step) * step)
    try:
        client.booking.check_time(space_id=space["id"], starts_at=start, ends_at=start + shortest)
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        return (
            text_of(refused),
            refused.details.get("alternatives") or [],
            refused.code == SpaceTaken.code and not space.get("needs_approval"),
        )
    return "", [], False


def _wish(form: BookForm) -> dict[str, Any]:
    start = times.local(form.start.data)
    minutes = int((times.local(form.end.data) - start).total_seconds()) // 60
    attendees, purpose = form.attendees.data, form.purpose.data
    return series.wish_at(start, minutes, attendees=attendees, purpose=purpose, resident_id=_child(form))


def _child(form: BookForm) -> str | None:
    """The child for whom a guardian books. Nobody else is taken from the form."""
    chosen = form.resident_id.data or None
    if chosen is not None and chosen not in current.identity().children:
        abort(403)
    return chosen


def _alternative_fields(item: Json, form: BookForm) -> dict[str, Any]:
    """The hidden fields of an alternative: its time, and the other values of the form."""
    return {
        "start": item["starts_at"],
        "end": item["ends_at"],
        "attendees": form.attendees.data,
        "purpose": form.purpose.data,
        **equipment_choices.hidden(),
    } | ({"resident_id": form.resident_id.data} if form.resident_id.data else {})


def _ends(space: Json, start: datetime, moving: str | None = None) -> list[datetime]:
    end = start + timedelta(minutes=space["max_minutes"])
    free = client.booking.get_availability(space_id=space["id"], start=start, end=end, moving=moving)["free"]
    return slots.ends_after(start, free, space)


def _wanted_space() -> str:
    """The space to which a booking is to move, as chosen on the page. Empty if none was chosen."""
    chosen = request.values.get("space_id", "")
    try:
        return str(UUID(chosen))
    except ValueError:
        return ""


def _possible_spaces(booking: Json, space: Json) -> list[Json]:
    """The spaces of the community to which the booking can move: for as many people, and open to the reader. Empty if only its
    own can."""
    found = block(whole, client.public.booking.list_spaces)
    fitting = [
        one
        for one in (found.items if found.available else ())
        if one["community_id"] == space["community_id"] and one["capacity"] >= booking["attendees"] and may_book(one)
    ]
    return fitting if any(one["id"] != booking["space_id"] for one in fitting) else []


def _move_page(booking_id: str, form: BookForm) -> str:
    found = client.booking.get_booking(booking_id=booking_id)
    space = client.booking.get_space(space_id=_wanted_space() or found["space_id"])
    start = parse_start(form.start.data)
    last = last_day(space)
    wanted = start.date() if start else times.parse_day(request.args.get("date"), times.local(found["starts_at"]).date())
    chosen = clamp(wanted, times.today(), last)
    first = times.today() + timedelta(days=(chosen - times.today()).days // WEEK * WEEK)
    days = week_of(space, first, booking_id)
    if start:
        ends = _ends(space, start, booking_id)
        form.set_choices(ends, start)
        same_length = start + (times.local(found["ends_at"]) - times.local(found["starts_at"]))
        if not form.end.data and same_length in ends:
            form.end.data = same_length.isoformat()
    return render_template(
        "move_booking.html",
        booking=found,
        for_resident=_is_of_another(found),
        space=space,
        others=_possible_spaces(found, space),
        form=form,
        start=start,
        days=[(day, availability_text(day), free_bars(day, space)) for day in days],
        chosen=next(day for day in days if day.day == chosen),
        earlier=first - timedelta(days=WEEK) if first > times.today() else None,
        later=first + timedelta(days=WEEK) if first + timedelta(days=WEEK) <= last else None,
        reason_text=reason_text,
    )
