"""The desk's day view: every space with its bookings, and a form to book for a resident."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import current
from gateway.operations.people import check_subjects
from gateway.web import people, slots, times
from gateway.web.blueprint import pages
from gateway.web.forms import (
    PageForm,
    optional_text,
    options,
    plausible_day,
    positive_number,
    required,
    strip_spaces,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import localized
from gateway.web.pages.bookings import FIELDS
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.spaces import SECTIONS

DESK = ("clerk", "supervisor", "grid_worker", "organiser")
PROXIES = ("clerk", "grid_worker")
HALF_HOURS = [f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(0, 24 * 60, 30)]
# At most this many pages of the list are read for a day. If there are more bookings, a link leads to them.
PAGES, PER_PAGE = 5, 100
LENGTHS = (30, 60, 90, 120, 180, 240)


class ProxyForm(PageForm):
    """A booking for a resident, who is found by phone number, or was chosen before (`resident_id`)."""

    resident_id = HiddenField()
    phone = StringField(_l("居民手机号"), optional_text(24), filters=[strip_spaces])
    space_id = SelectField(_l("订哪个场地"), validate_choice=False, validators=required(_l("请选择场地。")))
    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    start = SelectField(_l("开始时间"), choices=options((text, text) for text in HALF_HOURS))
    length = SelectField(_l("时长"), coerce=int, choices=options((count, "") for count in LENGTHS))
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])
    purpose = StringField(_l("用途"), optional_text(200), filters=[strip_spaces])


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of a row: a booking, or None for free time. `span` is its width in columns."""

    booking: Json | None
    span: int


@pages.get("/desk/bookings")
@for_roles(*DESK)
def desk_bookings() -> str:
    day = times.parse_day(request.args.get("date"), times.today())
    chosen = {name: request.args.get(name) for name in ("start", "space_id", "resident_id")}
    form = ProxyForm(day=day, length=60, **chosen)
    return _page(day, form, cursor=request.args.get("cursor") or None)


@pages.post("/desk/bookings")
@for_roles(*PROXIES)
def book_for_resident() -> tuple[str, int] | Response:
    form = ProxyForm(request.form)
    alternatives: list[Json] = []
    if form.is_valid() and (resident := _resident(form)):
        starts_at = times.local(f"{form.day.data}T{form.start.data}:00{times.now():%z}")
        try:
            made = client.booking.book_space(
                space_id=form.space_id.data,
                resident_id=resident,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=form.length.data),
                attendees=form.attendees.data,
                purpose=form.purpose.data or None,
            )
            flash(gettext("已代为预约：%(space)s，%(when)s。", space=localized(made["space_name"]), when=_when(made)), "good")
            return redirect_to("pages.desk_bookings", date=form.day.data)
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    day = form.day.data if form.day.data and not form.day.errors else times.today()
    return _page(day, form, alternatives), 409 if alternatives else 422


def _first_start(space: Json | None, day: date) -> str:
    """The first half hour of `day` that is not past and in the weekly hours of `space`."""
    first = max(times.now(), times.midnight(day))
    if space and (hours := slots.opening_span(space, day)):
        first = max(first, hours[0])
    return f"{first + timedelta(minutes=-first.minute % 30):%H:%M}"


def _when(booking: Json) -> str:
    return times.span(booking["starts_at"], booking["ends_at"])


def _resident(form: ProxyForm) -> str | None:
    """The account id of the chosen resident or of the phone number. If there is none, the field gets an error."""
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


def _page(day: date, form: ProxyForm, alternatives: list[Json] | None = None, cursor: str | None = None) -> str:
    spaces = block(client.booking.list_spaces, limit=100)
    found = _bookings(day, cursor)
    form.space_id.choices = options((space["id"], localized(space["name"])) for space in spaces)
    form.length.choices = options((count, times.minutes(count)) for count in LENGTHS)
    opens, closes = _hours(spaces, found, day)
    chosen = next((space for space in spaces if space["id"] == form.space_id.data), next(iter(spaces), None))
    form.start.data = form.start.data or _first_start(chosen, day)
    rows = [
        (code, [(space, cells(space, found, opens, closes)) for space in spaces if space["section"] == code])
        for code in SECTIONS
    ]
    return render_template(
        "desk_bookings.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        spaces=spaces,
        bookings=found,
        columns=[opens + timedelta(hours=n) for n in range(int((closes - opens) / timedelta(hours=1)))],
        rows=[row for row in rows if row[1]],
        form=form,
        alternatives=alternatives or [],
        may_book=current.identity().has_role(*PROXIES),
        resident=people.chosen_resident(form.resident_id.data, *PROXIES),
    )


def _bookings(day: date, cursor: str | None) -> Block:
    """The day's bookings from `cursor` on, in their order. With a `next_cursor` if there are more than PAGES pages."""
    start, end = times.midnight(day), times.midnight(day + timedelta(days=1))
    list_bookings = partial(client.booking.list_bookings, scope="desk", state="confirmed", start=start, end=end)
    bookings: list[Json] = []
    for _ in range(PAGES):
        found = block(list_bookings, limit=PER_PAGE, cursor=cursor)
        if found.answer is None:
            return found
        bookings += found.items
        cursor = found.answer.get("next_cursor")
        if cursor is None:
            break
    return Block({"items": bookings, "next_cursor": cursor})


def _hours(spaces: Block, bookings: Block, day: date) -> tuple[datetime, datetime]:
    """Whole hours from the first opening to the last closing, extended so that every booking of the day fits."""
    spans = [span for space in spaces if (span := slots.opening_span(space, day))]
    spans += [(times.local(item["starts_at"]), times.local(item["ends_at"])) for item in bookings]
    low, high = times.midnight(day), times.midnight(day + timedelta(days=1))
    opens = max(low, min((start for start, _ in spans), default=low + timedelta(hours=8)))
    closes = min(high, max((end for _, end in spans), default=low + timedelta(hours=20)))
    floor = opens.replace(minute=0)
    ceiling = closes if closes.minute == 0 else closes.replace(minute=0) + timedelta(hours=1)
    return floor, ceiling


def cells(space: Json, bookings: Block, opens: datetime, closes: datetime) -> list[Cell]:
    """The row of a space, in columns of a quarter of an hour: its bookings and the free time between them."""
    quarter = timedelta(minutes=15)
    mine = sorted(
        (item for item in bookings if item["space_id"] == space["id"]), key=lambda item: times.local(item["starts_at"])
    )
    row, column, total = [], 0, int((closes - opens) / quarter)
    for item in mine:
        begin = max(column, int((times.local(item["starts_at"]) - opens) / quarter))
        finish = min(total, -int(-(times.local(item["ends_at"]) - opens) / quarter))
        if begin > column:
            row.append(Cell(None, begin - column))
        if finish > begin:
            row.append(Cell(item, finish - begin))
        column = max(column, finish)
    if column < total:
        row.append(Cell(None, total - column))
    return row
