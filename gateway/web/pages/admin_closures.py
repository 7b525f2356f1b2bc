"""Closures: which bookings are in the way, what becomes of each, and ending a closure early."""

from datetime import date, datetime, time
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectField, StringField, TimeField

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from gateway.operations.people import add_names
from gateway.web import desk_community, people, places, times
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.lists import AdminList, Column, Filter, joined, register
from gateway.web.blueprint import pages
from gateway.web.forms import (
    Checkboxes,
    PageForm,
    at_least_one,
    optional_text,
    options,
    plausible_day,
    required,
    strip_spaces,
    text_of,
    version_sent,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.closures import FREE, KEEP, REASONS, STATES
from services.booking.interface.questions import OPEN

WHOLE = "*"  # the choice of the whole community
CANCEL = "cancel"
FIELDS = {"space_ids": "spaces", "starts_at": "first_day", "ends_at": "last_day", "note": "note_zh"}
TONES = {"coming": "warn", "running": "bad", "over": ""}


class ClosureForm(PageForm):
    spaces = Checkboxes(_l("关闭哪些场地"), at_least_one(_l("请至少选一个场地。")))
    first_day = DateField(_l("开始日期"), [*required(_l("请选择日期。")), plausible_day])
    first_time = TimeField(_l("开始时间"), required(_l("请填写时间。")))
    last_day = DateField(_l("结束日期"), [*required(_l("请选择日期。")), plausible_day])
    last_time = TimeField(_l("结束时间"), required(_l("请填写时间。")))
    reason = SelectField(_l("原因"), description=_l("会写进给居民的通知。"))
    without_answer = SelectField(
        _l("没有答复时"),
        description=_l("改了时间的居民都会收到询问，点一下就能答复。让出时间最晚在开始前 24 小时。"),
        default=KEEP,
    )
    note_zh = StringField(_l("说明"), optional_text(200), filters=[strip_spaces], description=_l("居民在场地页面上看得到。"))
    outside_uid = HiddenField(validators=optional_text(300))
    note_en = StringField(_l("英文说明"), optional_text(200), filters=[strip_spaces])

    def set_choices(self) -> None:
        found = whole(client.booking.list_managed_spaces, community_id=current.community_id(), state="active")
        each = ((space["id"], localized(space["name"])) for space in found["items"])
        self.spaces.choices = options([(WHOLE, gettext("整个社区的全部场地")), *each])
        self.without_answer.choices = options([(KEEP, gettext("按新时间保留")), (FREE, gettext("取消并让出时间"))])
        self.reason.choices = options((code, label(REASONS, code)) for code in REASONS)

    def closed_time(self) -> dict[str, Any]:
        """The fields that preview and closing have in common. Times that the clocks skip get an error: see `has_times`."""
        everything = WHOLE in (self.spaces.data or [])
        return {
            "community_id": current.community_id(),
            "whole": everything,
            "space_ids": [] if everything else self.spaces.data,
            "starts_at": self._moment("first"),
            "ends_at": self._moment("last"),
        }

    def has_times(self) -> bool:
        """Whether both times exist on their days."""
        for which in ("first", "last"):
            if not times.exists(self._moment(which)):
                self.add_error(f"{which}_time", gettext("那一天的钟表拨快，没有这个时间。"))
        return not self.errors

    def _moment(self, which: str) -> datetime:
        day: date = self._fields[f"{which}_day"].data
        clock: time = self._fields[f"{which}_time"].data
        return times.at(day, clock)


def _spaces_of(row: Json) -> str:
    return gettext("整个社区") if row["whole"] else joined([localized(space["space_name"]) for space in row["spaces"]])


def _find(**query: Any) -> Json:
    return client.booking.list_closures(**query)


register(
    AdminList(
        area="closures",
        title=_l("闭馆"),
        line=_l("关闭场地前，先看清哪些预约受影响。每位居民都会收到通知。"),
        columns=(
            Column(title=_l("场地"), text=_spaces_of, href=lambda row: url_for("pages.admin_closure", closure_id=row["id"])),
            Column(title=_l("时间"), text=lambda row: times.span(row["starts_at"], row["ends_at"])),
            Column(title=_l("原因"), text=lambda row: label(REASONS, row["reason"])),
            Column(
                title=_l("状态"), text=lambda row: label(STATES, row["state"]), tone=lambda row: TONES.get(row["state"], "")
            ),
        ),
        filters=(
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(
                name="state",
                title=_l("状态"),
                choices=lambda: [("current", gettext("未结束")), ("over", gettext("已结束"))],
            ),
        ),
        find=_find,
        empty=_l("没有符合条件的闭馆。"),
        add=("pages.admin_new_closure", _l("新增闭馆")),
        add_also=("pages.admin_import_closures", _l("导入日历")),
    )
)


@pages.get("/admin/closures/new")
@for_roles("admin")
def admin_new_closure() -> str:
    mine = desk_community.choose()
    return _page(ClosureForm(**{"reason": "maintenance"} | _wanted()), mine)


@pages.post("/admin/closures/new")
@for_roles("admin")
@shown_again
def admin_plan_closure() -> tuple[str, int] | str | Response:
    """First shows the bookings in the way, with a plan. What is locked stays, and the rest is planned again. With a decision
    for each booking it closes the spaces."""
    mine = desk_community.choose()
    form = ClosureForm(_shifted(request.form))
    form.set_choices()
    if not form.is_valid() or not form.has_times():
        return _page(form, mine), 422
    about = form.closed_time()
    try:
        if request.form.get("decided") == "yes":
            made = client.booking.close_spaces(
                **about,
                reason=form.reason.data,
                without_answer=form.without_answer.data,
                **({"outside_uid": form.outside_uid.data} if form.outside_uid.data else {}),
                note=both(form.note_zh.data, form.note_en.data),
                decisions=_decisions(),
            )
            flash(gettext("已关闭场地，受影响的居民会收到通知。"), "good")
            return redirect_to("pages.admin_closure", closure_id=made["id"])
        return _page(form, mine, _plan(about, _locked()))
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        form.add_refusal(refused, FIELDS)
        # What was decided is kept, as far as it is still possible.
        plan = _plan(about, _decisions()) if refused.code == "booking.closure_plan_outdated" else None
        return _page(form, mine, plan), 409 if refused.kind == "conflict" else 422


@pages.get("/admin/closures/<uuid:closure_id>")
@for_roles("admin")
def admin_closure(closure_id: str) -> str:
    known = client.booking.get_closure(closure_id=closure_id)
    community.show_of(known["community_id"])
    history: list[Any] = client.booking.list_calendar_changes(kind="closure", subject_id=str(closure_id), limit=10)["items"]
    add_names(history, actor_id="actor_name")
    entries = [{"actor_name": None, "actor_party": "staff", **entry} for entry in history]
    asked = _questions(closure_id)
    named = people.reveal(sorted({item["resident_id"] for item in asked}))
    return render_template(
        "admin_closure.html",
        known=known,
        spaces=_spaces_of(known),
        history=entries,
        tone=TONES[known["state"]],
        asked=asked,
        people=named,
    )


@pages.get("/admin/closures/<uuid:closure_id>/calls")
@for_roles("admin")
def admin_closure_calls(closure_id: str) -> str:
    """The people who have not answered, to be called. Showing their names and phone numbers is logged."""
    known = client.booking.get_closure(closure_id=closure_id)
    community.show_of(known["community_id"])
    asked = _questions(closure_id, state=OPEN)
    named = people.reveal(sorted({item["resident_id"] for item in asked}))
    return render_template("admin_closure_calls.html", known=known, spaces=_spaces_of(known), asked=asked, people=named)


@pages.post("/admin/closures/<uuid:closure_id>/end")
@for_roles("admin")
def admin_end_closure(closure_id: str) -> Response:
    try:
        ended = client.booking.end_closure(closure_id=closure_id, expected_version=version_sent())
    except (Refused, Refusal) as refusal:
        if refusal.kind not in {"conflict", "precondition"}:
            raise
        flash(text_of(refusal), "bad")
        return redirect_to("pages.admin_closure", closure_id=closure_id)
    if ended["outcome"] == "taken_back":
        flash(gettext("已撤回。已改动或取消的预约不会自动恢复。"), "good")
        return redirect_to("pages.admin_closures")
    flash(gettext("已提前结束。已改动或取消的预约不会自动恢复。"), "good")
    return redirect_to("pages.admin_closure", closure_id=closure_id)


def _wanted() -> dict[str, Any]:
    """What the desk's grid, or an outside calendar, has put into the address."""
    first = times.parse_day(request.args.get("first_day"), times.today())
    values: dict[str, Any] = {"first_day": first, "last_day": times.parse_day(request.args.get("last_day"), first)}
    for name in ("first_time", "last_time"):
        try:
            values[name] = time.fromisoformat(request.args[name])
        except (KeyError, ValueError):
            continue
    texts = {name: request.args[name] for name in ("reason", "note_zh", "outside_uid") if request.args.get(name)}
    return values | texts | {"spaces": request.args.getlist("spaces")}


def _questions(closure_id: str, **query: Any) -> list[Json]:
    """What became of the bookings that the closure moved; at most 300, as many as one closure can move."""
    return list(whole(client.booking.list_questions, scope="desk", closure_id=closure_id, **query)["items"])


def _plan(about: dict[str, Any], decisions: list[dict[str, Any]]) -> Json:
    """What is in the way and what the plan proposes, with the names of residents. Showing them is logged."""
    found = client.booking.preview_closure(**about, decisions=decisions)
    items: list[Any] = found["items"]
    add_names(items, resident_id="resident_name")
    return {"found": found, "plan": items}


def _shifted(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was sent, with the other time for the closure that was chosen, `shift`: <start>|<end>."""
    start, _, end = form.get("shift", "").partition("|")
    if not end:
        return form
    changed = MultiDict(form)
    try:
        for which, at in (("first", times.local(start)), ("last", times.local(end))):
            changed[f"{which}_day"], changed[f"{which}_time"] = f"{at:%Y-%m-%d}", f"{at:%H:%M}"
    except ValueError:
        return form
    # The plan was made for the other time.
    changed.poplist("locked")
    return changed


def _locked() -> list[dict[str, Any]]:
    """The decisions that the admin has locked; none for another time of the closure."""
    locked = set() if request.form.get("shift") else set(request.form.getlist("locked"))
    return [decision for decision in _decisions() if decision["booking_id"] in locked]


def _decisions() -> list[dict[str, Any]]:
    """From the fields `decision`: <booking>|cancel, or <booking>|<space>|<start>|<end>."""
    found = []
    for text in request.form.getlist("decision"):
        booking_id, _, rest = text.partition("|")
        to = rest.split("|")
        moves = {"move_to": dict(zip(("space_id", "starts_at", "ends_at"), to, strict=True))} if len(to) == 3 else {}
        found.append({"booking_id": booking_id, **moves})
    return found


def _page(form: ClosureForm, mine: Any, plan: Json | None = None) -> str:
    form.set_choices()
    return render_template("admin_closure_new.html", form=form, mine=mine, **(plan or {"plan": None, "found": None}))
