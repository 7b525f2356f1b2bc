"""The desk's day view: every space with its bookings, and a form to book for a resident."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.directory.known import Known
from gateway.http import current
from gateway.operations.people import check_subjects
from gateway.web import desk_areas, desk_community, equipment_choices, people, times
from gateway.web.blueprint import pages
from gateway.web.desk_days import DeskDays, bookings_between, hours_between
from gateway.web.desk_times import DeskTimes
from gateway.web.forms import (
    is_id,
    optional_text,
    options,
    positive_number,
    required,
    strip_spaces,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.pages import desk_requests, series
from gateway.web.pages.bookings import FIELDS
from gateway.web.repeating import RepeatFields
from gateway.web.service_calls import Json, block
from services.booking.interface.series import MOST_MINUTES
from services.booking.interface.spaces import SECTIONS

DESK = desk_areas.BOOKINGS
PROXIES = ("clerk", "grid_worker")


class ProxyForm(DeskTimes, RepeatFields):
    """A booking for a resident, who is found by phone number, or was chosen before (`resident_id`)."""

    resident_id = HiddenField()
    phone = StringField(_l("居民手机号"), optional_text(24), filters=[strip_spaces])
    space_id = SelectField(_l("订哪个场地"), validate_choice=False, validators=required(_l("请选择场地。")))
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])
    alike = BooleanField(_l("候补时，同类的其他场地也行"))
    care = BooleanField(_l("候补时优先照顾（老人、残疾人等）"))
    as_elder = BooleanField(_l("是老年人（系统里没有登记年龄，由窗口核实）"))
    beyond_reason = StringField(_l("超出规定的理由"), optional_text(200), filters=[strip_spaces])


@pages.get("/desk/bookings")
@for_roles(*DESK)
def desk_bookings() -> str:
    mine = desk_community.choose()
    day = times.parse_day(request.args.get("date"), times.today())
    chosen = {name: request.args.get(name) for name in ("start", "space_id", "resident_id")}
    form = ProxyForm(day=day, length=request.args.get("length", type=int), **chosen)
    return _page(day, form, mine, cursor=request.args.get("cursor") or None)


@pages.get("/desk/bookings/list")
@for_roles(*DESK)
def print_bookings() -> str:
    """The day as a list to print, with the names of the residents. Showing them is logged."""
    mine = desk_community.choose()
    day = times.parse_day(request.args.get("date"), times.today())
    start, end = times.midnight(day), times.midnight(day + timedelta(days=1))
    found = bookings_between(start, end, request.args.get("cursor") or None)
    rows = sorted(found, key=lambda item: (times.local(item["starts_at"]), localized(item["space_name"])))
    named = people.reveal([item["resident_id"] for item in rows])
    return render_template("desk_bookings_list.html", day=day, bookings=found, rows=rows, people=named, mine=mine)


@pages.get("/desk/bookings/equipment")
@for_roles(*PROXIES)
def desk_equipment_at() -> str:
    """The equipment fields of the form alone, for the space, day, start and length in the query."""
    desk_community.choose()
    form = ProxyForm(request.args)
    space_id = form.space_id.data or ""
    space = client.booking.get_space(space_id=space_id) if is_id(space_id) else None
    return render_template("parts/proxy_equipment.html", equipment=_equipment_at(form, space))


@pages.post("/desk/bookings")
@for_roles(*PROXIES)
@shown_again
def book_for_resident() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = ProxyForm(request.form)
    alternatives: list[Json] = []
    if form.is_valid() and (starts_at := form.starts_at()) and _is_complete(form) and (resident := resident_of(form)):
        try:
            if form.repeats:
                return series.review(form.space_id.data, form, _wish(form, starts_at, resident)), 200
            made = client.booking.book_space(
                space_id=form.space_id.data,
                resident_id=resident,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=form.length.data),
                attendees=form.attendees.data,
                purpose=form.purpose.data or None,
                beyond_reason=form.beyond_reason.data or None,
                as_elder=form.as_elder.data,
                **equipment_choices.asked(),
            )
            flash(_said_of(made), "good")
            return redirect_to("pages.desk_bookings", date=form.day.data, community=made["community_id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    day = form.day.data if form.day.data and not form.day.errors else times.today()
    return _page(day, form, mine, alternatives), 409 if alternatives else 422


@pages.post("/desk/waits")
@for_roles(*PROXIES)
@shown_again
def desk_wait() -> tuple[str, int] | Response:
    """The same form, for a resident who is to wait for the time."""
    mine = desk_community.choose()
    form = ProxyForm(request.form)
    if form.is_valid() and (starts_at := form.starts_at()) and (resident := resident_of(form)):
        try:
            wait = client.booking.wait_for_space(
                space_id=form.space_id.data,
                resident_id=resident,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=form.length.data),
                attendees=form.attendees.data,
                alike=form.alike.data,
                care=form.care.data,
            )
            flash(gettext("已代为候补，排在第 %(n)s 位。", n=wait["place"]), "good")
            return redirect_to("pages.desk_waits", date=form.day.data, community=wait["community_id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            form.add_refusal(refused, FIELDS)
    return _page(form.day.data if form.day.data and not form.day.errors else times.today(), form, mine), 422


def _is_complete(form: ProxyForm) -> bool:
    """Whether a series has an end."""
    return not form.repeats or form.has_end(form.day.data)


def _wish(form: ProxyForm, starts_at: datetime, resident: str) -> dict[str, Any]:
    return series.wish_at(
        starts_at,
        form.length.data,
        attendees=form.attendees.data,
        purpose=form.purpose.data,
        resident_id=resident,
        beyond_reason=form.beyond_reason.data,
    )


def _said_of(made: Json) -> str:
    about = {"space": localized(made["space_name"]), "when": times.span(made["starts_at"], made["ends_at"])}
    if made["state"] == "requested":
        return gettext("已代为申请，待审批：%(space)s，%(when)s。", **about)
    said = gettext("已代为预约：%(space)s，%(when)s。", **about)
    lost = any(one["state"] == "lost" for one in made.get("equipment") or ())
    return said + (gettext("有设备没有留到，详见预约单。") if lost else "")


def _equipment_at(form: ProxyForm, space: Json | None) -> list[equipment_choices.Offer]:
    """What can be taken to the chosen space at the chosen time. Empty without a time."""
    minutes = form.length.data or 0
    if space is None or (starts_at := form.starts_at_or_none()) is None or not 0 < minutes <= MOST_MINUTES:
        return []
    end = starts_at + timedelta(minutes=minutes)
    kinds = block(client.booking.list_equipment, space_id=space["id"], start=starts_at, end=end)
    return equipment_choices.offers(kinds, equipment_choices.chosen(request.args))


def resident_of(form: Any) -> str | None:
    """The account id of the chosen resident or of the phone number, of a form with `resident_id` and `phone`. If there is none,
    the field gets an error."""
    if form.resident_id.data:
        check_subjects({"resident_id": form.resident_id.data})
        return str(form.resident_id.data)
    if not form.phone.data:
        form.add_error("phone", gettext("请填写手机号。"))
        return None
    try:
        found = people.resident_by_phone(form.phone.data)
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        form.add_error("phone", gettext("这不像一个手机号，请检查。"))
        return None
    if found is None:
        form.add_error("phone", gettext("没有登记过这个号码。请先在“居民”里为他建档。"))
        return None
    return str(found)


def _page(
    day: date,
    form: ProxyForm,
    mine: Sequence[Known],
    alternatives: list[Json] | None = None,
    cursor: str | None = None,
) -> str:
    """`mine` are the communities between which the reader can switch. Spaces and bookings are those of the chosen one."""
    spaces = block(whole, client.booking.list_spaces)
    shown = DeskDays(day, spaces, cursor=cursor)
    form.space_id.choices = options((space["id"], localized(space["name"])) for space in spaces)
    hours = shown.hours_of_day(day, spaces)
    chosen = next((space for space in spaces if space["id"] == form.space_id.data), next(iter(spaces), None))
    form.set_times(chosen, day)
    groups = [(code, [shown.row(space, day, hours) for space in spaces if space["section"] == code]) for code in SECTIONS]
    named = request.args.get("names") == "yes"
    return render_template(
        "desk_bookings.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        spaces=spaces,
        bookings=shown.bookings,
        complete=shown.complete,
        arriving=[item for item in shown.bookings if "check_in" in item["can"]],
        columns=hours_between(*hours),
        waiting=desk_requests.waiting(),
        groups=[group for group in groups if group[1]],
        names=people.names_of_residents([item["resident_id"] for item in shown.bookings]) if named else None,
        form=form,
        alternatives=alternatives or [],
        equipment=_equipment_at(form, chosen) if current.identity().has_role(*PROXIES) else [],
        mine=mine,
        may_book=current.identity().has_role(*PROXIES),
        resident=people.chosen_resident(form.resident_id.data, *PROXIES),
    )
