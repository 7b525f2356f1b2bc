"""A clerk blocks a free time of a space, from the desk's grid, and unblocks it."""

from datetime import date, datetime, time
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField, TimeField

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from gateway.web import desk_community, times
from gateway.web.admin.forms_of_places import both
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, options, plausible_day, required, strip_spaces, text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import block
from services.booking.interface.closures import BLOCK_REASONS, REASONS
from services.booking.interface.refusals import TimeInUse

ROLES = ("clerk",)
FIELDS = {"space_id": "spaces", "starts_at": "first_time", "ends_at": "last_time", "note": "note_zh"}


class BlockForm(PageForm):
    """The fields have the names that static/grid.js puts into the address, which are those of the form of closures."""

    spaces = SelectField(_l("封闭哪个场地"), validate_choice=False, validators=required(_l("请选择场地。")))
    first_day = DateField(_l("开始日期"), [*required(_l("请选择日期。")), plausible_day])
    first_time = TimeField(_l("开始时间"), required(_l("请填写时间。")))
    last_day = DateField(_l("结束日期"), [*required(_l("请选择日期。")), plausible_day])
    last_time = TimeField(_l("结束时间"), required(_l("请填写时间。")))
    reason = SelectField(_l("原因"))
    note_zh = StringField(_l("说明"), optional_text(200), filters=[strip_spaces], description=_l("居民在场地页面上看得到。"))
    note_en = StringField(_l("英文说明"), optional_text(200), filters=[strip_spaces])

    def set_choices(self) -> None:
        spaces = block(whole, client.booking.list_spaces)
        self.spaces.choices = options((space["id"], localized(space["name"])) for space in spaces)
        self.reason.choices = options((code, label(REASONS, code)) for code in BLOCK_REASONS)

    def moment(self, which: str) -> datetime | None:
        """The start (`first`) or the end (`last`). If the clocks skip it, the field gets an error."""
        day: date = self._fields[f"{which}_day"].data
        clock: time = self._fields[f"{which}_time"].data
        at = times.at(day, clock)
        if not times.exists(at):
            self.add_error(f"{which}_time", gettext("那一天的钟表拨快，没有这个时间。"))
            return None
        return at


@pages.get("/desk/blocks/new")
@for_roles(*ROLES)
def desk_new_block() -> str:
    mine = desk_community.choose()
    return _page(BlockForm(reason=BLOCK_REASONS[0], **_wanted()), mine)


@pages.post("/desk/blocks/new")
@for_roles(*ROLES)
@shown_again
def desk_block() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = BlockForm(request.form)
    form.set_choices()
    status, in_use = 422, False
    if form.is_valid() and (start := form.moment("first")) and (end := form.moment("last")):
        try:
            made = client.booking.block_time(
                space_id=form.spaces.data,
                starts_at=start,
                ends_at=end,
                reason=form.reason.data,
                note=both(form.note_zh.data, form.note_en.data),
            )
            flash(gettext("已封闭：%(when)s。", when=times.span(made["starts_at"], made["ends_at"])), "good")
            return redirect_to("pages.desk_bookings", date=start.date(), community=made["community_id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            form.add_refusal(refused, FIELDS)
            in_use = refused.code == TimeInUse.code
            status = 409 if refused.kind == "conflict" else 422
    return _page(form, mine, in_use=in_use), status


@pages.get("/desk/blocks/<uuid:closure_id>")
@for_roles(*ROLES)
def desk_blocked(closure_id: str) -> str:
    """A closure as the desk sees it. Who may end it can unblock the time here."""
    known = client.booking.get_closure(closure_id=closure_id)
    community.show_of(known["community_id"])
    return render_template("desk_block.html", known=known)


@pages.post("/desk/blocks/<uuid:closure_id>/end")
@for_roles(*ROLES)
def desk_unblock(closure_id: str) -> Response:
    known = client.booking.get_closure(closure_id=closure_id)
    community.show_of(known["community_id"])
    try:
        client.booking.end_closure(closure_id=closure_id, expected_version=version_sent())
        flash(gettext("已解除封闭，这段时间可以预约了。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.desk_bookings", date=times.local(known["starts_at"]).date(), community=known["community_id"])


def _wanted() -> dict[str, Any]:
    """What the desk's grid has put into the address. Without an end: an hour after the start."""
    first = times.parse_day(request.args.get("first_day"), times.today())
    values: dict[str, Any] = {"first_day": first, "last_day": times.parse_day(request.args.get("last_day"), first)}
    for name in ("first_time", "last_time"):
        try:
            values[name] = time.fromisoformat(request.args[name]).replace(tzinfo=None)
        except (KeyError, ValueError):
            continue
    if "first_time" in values and "last_time" not in values and values["first_time"].hour < 23:
        values["last_time"] = values["first_time"].replace(hour=values["first_time"].hour + 1)
    return values | {"spaces": request.args.get("spaces")}


def _page(form: BlockForm, mine: Any, *, in_use: bool = False) -> str:
    """`in_use`: admins get a link to the closing assistant, which plans for who is affected."""
    form.set_choices()
    closing = None
    if in_use and current.identity().has_role("admin"):
        closing = {
            name: request.form.get(name) for name in ("spaces", "first_day", "first_time", "last_day", "last_time", "reason")
        }
    return render_template("desk_block_new.html", form=form, mine=mine, closing=closing)
