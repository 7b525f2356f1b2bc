"""Spaces for admins: list, add, change with a look at the bookings that would no longer fit, and put out of use."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import desk_community, places
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.admin.space_forms import KnownSpaceForm, NewSpaceForm, SpaceForm, values_of
from gateway.web.blueprint import pages
from gateway.web.forms import version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.spaces import KINDS, SECTIONS

FIELDS = {
    "name": "name_zh",
    "location": "location_zh",
    "description": "description_zh",
    "opening_hours": "hours_1",
    "holiday_hours": "hours_holiday",
    "opening": "opens_weekday",
    "opening.head_start_hours": "head_start_hours",
    "shares": "elder_times",
}
USUAL = {
    "capacity": 10,
    "slot_minutes": 30,
    "min_minutes": 30,
    "max_minutes": 120,
    "min_notice_minutes": 0,
    "cancel_notice_minutes": 0,
    "horizon_days": 30,
    "ask_from_dates": 0,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "open_to": "district",
    "door_check_in": "display",
    "elder_age": 60,
    "elder_until": 48,
    "counter_until": 24,
    "opens_time": "10:00",
    "opens_weeks_ahead": 1,
    "head_start_hours": 0,
    "rested_days": 30,
    "answer_hours": 24,
} | {f"hours_{weekday}": "08:00-12:00, 14:00-20:00" for weekday in range(1, 8)}


def _find(**query: Any) -> Json:
    return client.booking.list_managed_spaces(**query)


def _in_use(row: Json) -> str:
    return gettext("在用") if row["active"] else gettext("停用")


register(
    AdminList(
        area="spaces",
        title=_l("场地"),
        line=_l("名称、开放时间和预约规定。保存前会列出不再合适的预约。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["name"]),
                href=lambda row: url_for("pages.admin_space", space_id=row["id"]),
            ),
            Column(title=_l("类型"), text=lambda row: label(KINDS, row["kind"])),
            Column(title=_l("中心"), text=lambda row: label(SECTIONS, row["section"])),
            Column(title=_l("人数"), text=lambda row: str(row["capacity"])),
            Column(title=_l("社区"), text=lambda row: places.community_names().get(row["community_id"], "")),
            Column(title=_l("状态"), text=_in_use, tone=lambda row: "good" if row["active"] else ""),
        ),
        filters=(
            Filter(name="q", title=_l("查找"), kind="search"),
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(name="section", title=_l("中心"), choices=lambda: [(code, label(SECTIONS, code)) for code in SECTIONS]),
            Filter(name="kind", title=_l("类型"), choices=lambda: [(code, label(KINDS, code)) for code in KINDS]),
            Filter(
                name="state",
                title=_l("状态"),
                choices=lambda: [("active", gettext("在用")), ("inactive", gettext("停用"))],
            ),
        ),
        find=_find,
        empty=_l("没有符合条件的场地。"),
        add=("pages.admin_new_space", _l("新增场地")),
    )
)


@pages.get("/admin/spaces/new")
@for_roles("admin")
def admin_new_space() -> str:
    return _new_page(NewSpaceForm(**USUAL), desk_community.choose())


@pages.post("/admin/spaces/new")
@for_roles("admin")
@shown_again
def admin_add_space() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = NewSpaceForm(request.form)
    form.set_choices(current.community_id())
    if not form.is_valid():
        return _new_page(form, mine), 422
    part = {"parent_id": form.parent_id.data} if form.parent_id.data else {}
    about = form.said() | part | {"community_id": community.require_one(), "code": form.code.data}
    try:
        if part and request.form.get("decided") != "yes":
            preview = client.booking.preview_new_space(**about)
            if preview["count"]:
                return _new_page(form, mine, preview), 200
        made = client.booking.add_space(**about)
    except Refused as refused:
        status = _show(form, refused)
        return _new_page(form, mine), status
    flash(gettext("已新增场地，居民现在就可以预约。"), "good")
    return redirect_to("pages.admin_space", space_id=made["id"])


@pages.get("/admin/spaces/<uuid:space_id>")
@for_roles("admin")
def admin_space(space_id: str) -> str:
    known = client.booking.get_managed_space(space_id=space_id)
    return _page(known, KnownSpaceForm(**values_of(known)))


@pages.post("/admin/spaces/<uuid:space_id>")
@for_roles("admin")
@shown_again
def admin_change_space(space_id: str) -> tuple[str, int] | str | Response:
    """Saves at once if no booking to come and no request is concerned. Otherwise it shows those, and saves if asked again."""
    known = client.booking.get_managed_space(space_id=space_id)
    form = KnownSpaceForm(request.form)
    form.set_choices(known["community_id"])
    if not form.is_valid():
        return _page(known, form), 422
    said = form.said()
    try:
        if request.form.get("decided") != "yes":
            preview = client.booking.preview_space(space_id=space_id, **said)
            if _concerns_people(preview) or _divides(known, form, preview) or request.form.get("decided") == "look":
                return _page(known, form, preview)
        client.booking.change_space(space_id=space_id, **said, expected_version=version_sent())
    except Refused as refused:
        status = _show(form, refused)
        return _page(client.booking.get_managed_space(space_id=space_id), form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_space", space_id=space_id)


def _show(form: SpaceForm, refused: Refused) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if refused.kind not in ("invalid", "conflict", "precondition"):
        raise refused
    form.add_refusal(refused, FIELDS)
    return STATUS_OF_KIND[refused.kind]


def _concerns_people(preview: Json) -> bool:
    """Whether somebody should know of the change before it is saved."""
    asked = bool(preview["approval"] or preview["other_approvers"]) and preview["waiting_count"] > 0
    return bool(preview["count"]) or asked or (preview["approval"] == "starts" and preview["coming_count"] > 0)


def _divides(known: Json, form: KnownSpaceForm, preview: Json) -> bool:
    """Whether the space becomes divisible and has bookings to come, which will take new parts too."""
    return bool(form.divisible.data) and not known["divisible"] and preview["coming_count"] > 0


def _new_page(form: NewSpaceForm, mine: Any, preview: Json | None = None) -> str:
    form.set_choices(current.community_id())
    form.set_parents(whole(client.booking.list_managed_spaces, community_id=current.community_id(), state="active")["items"])
    return render_template("admin_space_new.html", form=form, mine=mine, preview=preview)


def _page(known: Json, form: KnownSpaceForm, preview: Json | None = None) -> str:
    form.set_choices(known["community_id"])
    community.show_of(known["community_id"])
    history: list[Any] = client.booking.list_calendar_changes(kind="space", subject_id=known["id"], limit=10)["items"]
    add_names(history, actor_id="actor_name")
    entries = [{"actor_name": None, "actor_party": "staff", **entry} for entry in history]
    divides = preview is not None and _divides(known, form, preview)
    return render_template("admin_space.html", known=known, form=form, preview=preview, divides=divides, history=entries)
