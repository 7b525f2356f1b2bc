"""Bookings that repeat: look at each date before booking, see a series, cancel or change it, put back a date."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.operations import families
from gateway.operations.people import check_subjects
from gateway.web import desk_areas, equipment_choices, people, repeating, times
from gateway.web.blueprint import pages
from gateway.web.forms import (
    PageForm,
    optional_text,
    options,
    plausible_day,
    positive_number,
    required,
    strip_spaces,
    text_of,
    version_sent,
)
from gateway.web.guards import for_roles, redirect_to, signed_in
from gateway.web.labels import localized
from gateway.web.pages import questions
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.booking_words import STAFF_REASONS

PROXIES = ("clerk", "grid_worker")
PER_PAGE = 20
_CLOCK = validators.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$")
_SHOWN = {"conflict", "invalid", "precondition"}


class SeriesForm(repeating.RepeatFields):
    """What the page with the dates sends: the wish that it has shown, in hidden fields."""

    starts_on = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    starts_at = StringField(_l("开始时间"), [validators.InputRequired(), _CLOCK])
    minutes = IntegerField(_l("时长"), [validators.InputRequired(), validators.NumberRange(1, 7 * 24 * 60)])
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])
    resident_id = HiddenField()
    beyond_reason = StringField(_l("超出规定的理由"), optional_text(200), filters=[strip_spaces])
    only_if_all = HiddenField()


class ChangeForm(PageForm):
    from_day = SelectField(_l("从哪一次起"), validate_choice=False, validators=required(_l("请选择日期。")))
    start = SelectField(_l("开始时间"), [_CLOCK], validate_choice=False)
    minutes = SelectField(_l("时长"), [validators.NumberRange(1, 7 * 24 * 60)], coerce=int, validate_choice=False)
    space_id = SelectField(_l("场地"), validate_choice=False)
    attendees = IntegerField(_l("人数"), [positive_number(_l("人数请填 1 以上的整数。"))])


def review(space_id: str, form: repeating.RepeatFields, wish: Mapping[str, Any], problem: str = "") -> str:
    """The page that shows each date before anything is booked. `wish` has the fields of SeriesForm but repeat and until, which
    `form` has. Raises the refusals of booking."""
    preview = client.booking.preview_series(space_id=space_id, **_asked(form, wish))
    free = preview["free"]
    return render_template(
        "series_review.html",
        space=client.booking.get_space(space_id=space_id),
        dates=preview["dates"],
        free=free,
        words=repeating.in_words(preview["rrule"]),
        wish=wish,
        problem=problem,
        fields=_hidden(form, wish) | ({"only_if_all": "1"} if free == len(preview["dates"]) else {}),
    )


@pages.post("/spaces/<uuid:space_id>/series")
@signed_in
def send_series(space_id: str) -> tuple[str, int] | Response:
    form = SeriesForm(request.form)
    if not form.is_valid() or not form.repeats or not form.has_end(form.starts_on.data):
        return redirect_to("pages.space", space_id=space_id)
    wish = _wish_of(form)
    _check_resident(wish["resident_id"])
    try:
        made = client.booking.book_series(
            space_id=space_id,
            purpose=wish["purpose"],
            only_if_all=form.only_if_all.data == "1",
            **_asked(form, wish),
        )
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        return review(space_id, form, wish, text_of(refused)), 409
    booked = sum(one["state"] in {"booked", "requested"} for one in made["dates"])
    if any(one["state"] == "requested" for one in made["dates"]):
        flash(ngettext("已提交 %(num)d 次申请，等待审批。", "已提交 %(num)d 次申请，等待审批。", booked), "good")
        return redirect_to("pages.series", series_id=made["id"])
    said = ngettext("已预约 %(num)d 次。来不了的那一次请提前取消。", "已预约 %(num)d 次。来不了的那一次请提前取消。", booked)
    flash(said, "good")
    return redirect_to("pages.series", series_id=made["id"])


@pages.get("/series")
@signed_in
def list_series() -> str:
    return _list_page("mine")


@pages.get("/desk/series")
@for_roles(*desk_areas.BOOKINGS)
def desk_series() -> str:
    return _list_page("desk")


@pages.get("/series/<uuid:series_id>")
@signed_in
def series(series_id: str) -> str:
    return _series_page(client.booking.get_series(series_id=series_id))


@pages.post("/series/<uuid:series_id>/cancel")
@signed_in
def cancel_series(series_id: str) -> Response:
    """All dates to come, or those from `from_day` on."""
    reason = (request.form.get("reason") or "").strip()[:200]
    try:
        client.booking.cancel_series(
            series_id=series_id,
            from_day=_day_sent("from_day"),
            reason=reason or None,
            staff_reason=_staff_reason(),
            expected_version=version_sent(),
        )
        flash(gettext("已取消，时间已让给其他居民。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.series", series_id=series_id)


@pages.post("/series/<uuid:series_id>/dates")
@signed_in
def add_series_date(series_id: str) -> Response:
    try:
        client.booking.add_series_date(series_id=series_id, day=_day_sent("day") or "", expected_version=version_sent())
        flash(gettext("这一次已预约，或已提交申请。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.series", series_id=series_id)


@pages.post("/series/<uuid:series_id>/change")
@signed_in
def change_series(series_id: str) -> tuple[str, int] | Response:
    form, found = ChangeForm(request.form), client.booking.get_series(series_id=series_id)
    if form.is_valid():
        wanted = {
            "starts_at": (form.start.data, found["starts_at"]),
            "minutes": (form.minutes.data, found["minutes"]),
            "attendees": (form.attendees.data, found["attendees"]),
            "space_id": (form.space_id.data, found["space_id"]),
        }
        try:
            changed = client.booking.change_series(
                series_id=series_id,
                from_day=form.from_day.data,
                staff_reason=_staff_reason(),
                expected_version=version_sent(),
                **{name: new for name, (new, old) in wanted.items() if new and new != old},
            )
        except Refused as refused:
            if refused.kind not in _SHOWN:
                raise
            form.add_refusal(refused, {"starts_at": "start"})
        else:
            kept = [one for one in changed["dates"] if one["state"] == "kept"]
            if kept:
                return _series_page(changed, kept=kept), 200
            flash(gettext("已更改。"), "good")
            return redirect_to("pages.series", series_id=changed["id"])
    return _series_page(found, form), 422


def _list_page(scope: str) -> str:
    over = request.args.get("over") == "1"
    found = block(client.booking.list_series, scope=scope, over=over, limit=PER_PAGE, cursor=request.args.get("cursor") or None)
    rows = [(item, repeating.in_words(item["rrule"])) for item in found]
    return render_template("series_list.html", found=found, rows=rows, scope=scope, over=over)


def _series_page(found: Json, form: ChangeForm | None = None, kept: Sequence[Json] = ()) -> str:
    coming = [one for one in found["dates"] if one["state"] in {"booked", "kept", "requested"} and _is_to_come(one)]
    form = form or ChangeForm(
        start=found["starts_at"], minutes=found["minutes"], space_id=found["space_id"], attendees=found["attendees"]
    )
    if "change" in found["can"] and coming:
        _set_choices(form, found, coming)
    mine = current.identity().speaks_for(found["resident_id"])
    return render_template(
        "series.html",
        series=found,
        words=repeating.in_words(found["rrule"]),
        coming=coming,
        waiting=sum(one["state"] == "requested" for one in coming) if "answer_requests" in found["can"] else 0,
        to_come={one["day"] for one in found["dates"] if _is_to_come(one)},
        form=form,
        kept=kept,
        questions=questions.of_series(found),
        children=families.names_of_children(),
        for_resident=not mine,
        resident=None if mine else _resident_name(found),
    )


def _resident_name(found: Json) -> str | None:
    """The name of the resident, for staff. The access is logged."""
    person = people.reveal([found["resident_id"]]).get(found["resident_id"])
    return person.name if person else None


def _set_choices(form: ChangeForm, found: Json, coming: Sequence[Json]) -> None:
    spaces: Block = block(whole, client.booking.list_spaces)
    own = client.booking.get_space(space_id=found["space_id"])
    step = own["slot_minutes"]
    form.from_day.choices = options((one["day"], times.full_date(one["day"])) for one in coming)
    starts = {f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 24 * 60, step)} | {found["starts_at"]}
    form.start.choices = options((clock, clock) for clock in sorted(starts))
    shortest = -(-own["min_minutes"] // step) * step
    lengths = {*range(shortest, max(own["max_minutes"], shortest) + 1, step), found["minutes"]}
    form.minutes.choices = options((count, times.minutes(count)) for count in sorted(lengths))
    alike = [space for space in spaces if space["kind"] == own["kind"] and space["id"] != own["id"]]
    alike = [space for space in alike if space["community_id"] == own["community_id"]]
    form.space_id.choices = options((space["id"], localized(space["name"])) for space in [own, *alike])


def _is_to_come(one: Json) -> bool:
    return one["starts_at"] is not None and times.local(one["starts_at"]) > times.now()


def _asked(form: repeating.RepeatFields, wish: Mapping[str, Any]) -> dict[str, Any]:
    """What both verbs take, without the space and the purpose. The equipment is in the form of the request."""
    names = ("starts_at", "minutes", "attendees", "resident_id", "beyond_reason")
    first: date = wish["starts_on"]
    rule = {"rrule": repeating.rule_of(form.repeat.data, first, form.until.data), "starts_on": first.isoformat()}
    given = {name: wish[name] for name in names if wish[name] is not None}
    return rule | given | equipment_choices.asked()


def _hidden(form: repeating.RepeatFields, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The hidden fields of the form that books what was shown."""
    plain = {name: value for name, value in wish.items() if value}
    return {"repeat": form.repeat.data, "until": form.until.data, **plain, **equipment_choices.hidden()}


def wish_at(start: Any, minutes: int, **more: Any) -> dict[str, Any]:
    """The wish for a series whose first date begins at `start` (aware, local)."""
    usual = {"attendees": None, "purpose": None, "resident_id": None, "beyond_reason": None}
    first = {"starts_on": start.date(), "starts_at": f"{start:%H:%M}", "minutes": minutes}
    return first | usual | {name: value or None for name, value in more.items()}


def _wish_of(form: SeriesForm) -> dict[str, Any]:
    names = ("starts_on", "starts_at", "minutes", "attendees", "purpose", "resident_id", "beyond_reason")
    return {name: form[name].data or None for name in names}


def _check_resident(resident_id: str | None) -> None:
    """Guardians book for their children, clerks and grid workers for residents within their reach; nobody else for others."""
    if resident_id is None or resident_id in current.identity().children:
        return
    if not current.identity().has_role(*PROXIES):
        abort(403)
    check_subjects({"resident_id": resident_id})


def _day_sent(name: str) -> str | None:
    """A day of the form in ISO form. None if there is none, or another text."""
    sent = request.form.get(name, "")
    try:
        return date.fromisoformat(sent).isoformat() if len(sent) == len("2026-03-02") else None
    except ValueError:
        return None


def _staff_reason() -> str | None:
    """What staff chose. Residents have no such field."""
    chosen = request.form.get("staff_reason")
    return chosen if chosen in STAFF_REASONS else None
