"""Wait for a time that is taken; see one's place in line; take or decline what is offered; and the desk's list of who waits."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import current
from gateway.operations import families
from gateway.web import desk_areas, desk_community, people, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, options, positive_number, required, strip_spaces, text_of
from gateway.web.guards import for_roles, redirect_to, signed_in
from gateway.web.kept_forms import shown_again
from gateway.web.pages.spaces import may_book, parse_start
from gateway.web.service_calls import Json, block

FIELDS = {"starts_at": "start", "ends_at": "end", "earliest_at": "earliest", "latest_at": "latest"}
_CLOCK = validators.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_l("时间请写成 18:30 这样。"))
MOST = 100  # on the desk's page


class WaitForm(PageForm):
    """`start` is RFC 3339 text. `earliest` and `latest` are clocks of that day."""

    start = HiddenField(_l("开始时间"))
    resident_id = SelectField(_l("为谁候补"), validate_choice=False)
    end = SelectField(_l("到几点"), validate_choice=False, validators=required(_l("请选择结束时间。")))
    earliest = StringField(_l("最早几点开始也行"), [validators.Optional(), _CLOCK], filters=[strip_spaces])
    latest = StringField(_l("最晚几点结束也行"), [validators.Optional(), _CLOCK], filters=[strip_spaces])
    alike = BooleanField(_l("同类的其他场地也行"))
    attendees = IntegerField(_l("人数"), [validators.Optional(), positive_number(_l("人数请填 1 以上的整数。"))])

    def set_choices(self, space: Json, start: datetime) -> None:
        """The possible ends in `space`, and for whom."""
        step = space["slot_minutes"]
        lengths = range(-(-space["min_minutes"] // step) * step, space["max_minutes"] + 1, step)
        ends = [start + timedelta(minutes=length) for length in lengths]
        self.end.choices = options(
            (end.isoformat(), f"{times.hours(start, end)[6:]}\u3000{times.duration(start, end)}") for end in ends
        )
        self.resident_id.choices = options([("", gettext("本人")), *families.names_of_children().items()])


@pages.get("/spaces/<uuid:space_id>/wait")
@signed_in
def wait_for_space(space_id: str) -> str | Response:
    if (start := parse_start(request.args.get("start"))) is None:
        return redirect_to("pages.space", space_id=space_id)
    return _form_page(space_id, WaitForm(start=start.isoformat(), end=request.args.get("end")))


@pages.post("/spaces/<uuid:space_id>/wait")
@signed_in
@shown_again
def send_wait(space_id: str) -> tuple[str, int] | Response:
    form = WaitForm(request.form)
    if (start := parse_start(form.start.data)) is None:
        return redirect_to("pages.space", space_id=space_id)
    child = form.resident_id.data or None
    if child is not None and child not in current.identity().children:
        abort(403)
    alternatives: list[Json] = []
    if form.is_valid():
        try:
            wait = client.booking.wait_for_space(
                space_id=space_id,
                starts_at=start,
                ends_at=form.end.data,
                alike=form.alike.data,
                resident_id=child,
                attendees=form.attendees.data,
                **_window(form, start),
            )
            flash(gettext("已加入候补。有空位会马上通知您。"), "good")
            return redirect_to("pages.wait", wait_id=wait["id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            alternatives = refused.details.get("alternatives") or []
            form.add_refusal(refused, FIELDS)
    return _form_page(space_id, form, alternatives), 409 if alternatives else 422


def _window(form: WaitForm, start: datetime) -> dict[str, Any]:
    """The times of the day between which another one will do. Empty if only the wanted one does."""
    if not form.earliest.data and not form.latest.data:
        return {}
    end, day = times.local(form.end.data), start.date()
    earliest, latest = (_clock(field.data) for field in (form.earliest, form.latest))
    return {
        "earliest_at": times.at(day, earliest) if earliest else start,
        "latest_at": times.at(day, latest) if latest else end,
    }


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _form_page(space_id: str, form: WaitForm, alternatives: list[Json] | None = None) -> str:
    space = client.booking.get_space(space_id=space_id)
    start = times.local(form.start.data)
    form.set_choices(space, start)
    return render_template(
        "wait_for_space.html",
        space=space,
        may_book=may_book(space),
        form=form,
        start=start,
        alternatives=alternatives or [],
        limits=block(client.booking.get_space_limits, space_id=space_id, at=start),
    )


@pages.post("/bookings/<uuid:booking_id>/earlier")
@signed_in
def ask_for_earlier(booking_id: str) -> Response:
    """Wait for an earlier time of a booking. If there is one now, the page to move it shows it."""
    day = times.parse_day(request.form.get("after"), times.today())
    try:
        wait = client.booking.ask_for_earlier(
            booking_id=booking_id, after=max(times.midnight(day), times.now()), alike="alike" in request.form
        )
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        flash(text_of(refused), "bad")
        if free := refused.details.get("alternatives"):
            where = {"space_id": free[0]["space_id"], "start": free[0]["starts_at"]}
            return redirect_to("pages.move_booking", booking_id=booking_id, **where)
        return redirect_to("pages.booking", booking_id=booking_id)
    flash(gettext("已登记。有更早的时间会马上通知您。"), "good")
    return redirect_to("pages.wait", wait_id=wait["id"])


@pages.get("/waits/<uuid:wait_id>")
@signed_in
def wait(wait_id: str) -> str:
    found = client.booking.get_wait(wait_id=wait_id)
    return render_template(
        "wait.html",
        wait=found,
        children=families.names_of_children(),
        for_resident=not current.identity().speaks_for(found["resident_id"]),
    )


@pages.post("/waits/<uuid:wait_id>/accept")
@signed_in
def accept_offer(wait_id: str) -> Response:
    try:
        booking = client.booking.accept_offer(wait_id=wait_id, offer_id=_offer_sent())
    except Refused as refused:
        return _back_to(wait_id, refused)
    flash(gettext("订好了。请准时到场；来不了请提前取消，把时间让给邻居。"), "good")
    return redirect_to("pages.booking", booking_id=booking["id"])


@pages.post("/waits/<uuid:wait_id>/decline")
@signed_in
def decline_offer(wait_id: str) -> Response:
    return _change(wait_id, lambda: client.booking.decline_offer(wait_id=wait_id, offer_id=_offer_sent()))


@pages.post("/waits/<uuid:wait_id>/cancel")
@signed_in
def cancel_wait(wait_id: str) -> Response:
    return _change(wait_id, lambda: client.booking.cancel_wait(wait_id=wait_id))


def _change(wait_id: str, change: Callable[[], Any]) -> Response:
    try:
        change()
    except Refused as refused:
        return _back_to(wait_id, refused)
    flash(gettext("已让给下一位。") if "offer_id" in request.form else gettext("已退出候补。"), "good")
    return redirect_to("pages.wait", wait_id=wait_id)


def _back_to(wait_id: str, refused: Refused) -> Response:
    if refused.kind not in {"invalid", "conflict"}:
        raise refused
    flash(text_of(refused), "bad")
    return redirect_to("pages.wait", wait_id=wait_id)


def _offer_sent() -> str:
    return request.form.get("offer_id", "")


@pages.get("/desk/waits")
@for_roles(*desk_areas.BOOKINGS)
def desk_waits() -> str:
    """Who waits for a time of a day. Showing the names is logged."""
    mine = desk_community.choose()
    day = times.parse_day(request.args.get("date"), times.today())
    query: dict[str, Any] = {"community_id": chosen} if (chosen := current.community_id()) is not None else {}
    start = times.midnight(day)
    found = block(
        client.booking.list_waits,
        scope="desk",
        start=start,
        end=start + timedelta(days=1),
        limit=MOST,
        cursor=request.args.get("cursor") or None,
        **query,
    )
    named = people.reveal([item["resident_id"] for item in found])
    return render_template(
        "desk_waits.html",
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        waits=found,
        people=named,
        mine=mine,
    )
