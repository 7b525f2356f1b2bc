"""Locks of doors, and which space is behind which, for admins."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.web import desk_community, places, times
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.lists import AdminList, Column, register
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, filled_text, optional_text, options, required, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.locks import LOCK_KINDS, MOST_MINUTES

FIELDS = {"name": "name_zh"}


class LockForm(PageForm):
    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 60), filters=[strip_spaces])
    name_en = StringField(_l("名称（英文）"), optional_text(60), filters=[strip_spaces])
    bridge = SelectField(_l("接口"), validate_choice=False, description=_l("运维人员在 LINLI_LOCK_BRIDGES 中设置的门锁系统。"))
    device = StringField(_l("设备编号"), optional_text(64), filters=[strip_spaces])

    def set_choices(self) -> None:
        known = [(one["name"], one["name"]) for one in client.booking.get_lock_bridges()["items"]]
        self.bridge.choices = options([("", gettext("没有")), *known])

    def said(self) -> dict[str, Any]:
        name = both(self.name_zh.data, self.name_en.data)
        return {"name": name, "bridge": self.bridge.data or None, "device": self.device.data or None}


class NewLockForm(LockForm):
    kind = SelectField(_l("类型"))

    def set_choices(self) -> None:
        super().set_choices()
        self.kind.choices = options((kind, label(LOCK_KINDS, kind)) for kind in LOCK_KINDS)


class KnownLockForm(LockForm):
    active = BooleanField(_l("在用"), description=_l("停用后，这把锁上的密码全部作废。"))

    def said(self) -> dict[str, Any]:
        return super().said() | {"active": self.active.data}


class SpaceLockForm(PageForm):
    """Which lock is on the door of a space, and when codes are valid."""

    lock_id = SelectField(_l("门锁"), description=_l("整间的预约同时能开各部分的锁，各部分的预约也能开整间的锁。"))
    code_minutes_before = IntegerField(
        _l("开始前几分钟生效"), [*required(_l("请填写数字。")), validators.NumberRange(0, MOST_MINUTES)]
    )
    code_minutes_after = IntegerField(
        _l("结束后几分钟失效"), [*required(_l("请填写数字。")), validators.NumberRange(0, MOST_MINUTES)]
    )

    def set_choices(self, community_id: str) -> None:
        known = [one for one in whole(client.booking.list_locks)["items"] if one["community_id"] == community_id]
        self.lock_id.choices = options([("", gettext("没有门锁")), *((one["id"], localized(one["name"])) for one in known)])


def _standing(row: Json) -> str:
    if not row["active"]:
        return gettext("停用")
    if row["failing_since"]:
        return gettext("从%(time)s起联系不上", time=times.moment(row["failing_since"]))
    return gettext("正常")


def _tone(row: Json) -> str:
    return "bad" if row["failing_since"] else "good" if row["active"] else ""


register(
    AdminList(
        area="locks",
        title=_l("门锁"),
        line=_l("开门密码由预约生成：开始前不久生效，结束后不久失效，取消就作废。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["name"]),
                href=lambda row: url_for("pages.admin_lock", lock_id=row["id"]),
            ),
            Column(title=_l("类型"), text=lambda row: label(LOCK_KINDS, row["kind"])),
            Column(title=_l("设备编号"), text=lambda row: row["device"] or "–"),
            Column(title=_l("社区"), text=lambda row: places.community_names().get(row["community_id"], "")),
            Column(title=_l("状态"), text=_standing, tone=_tone),
        ),
        filters=(),
        find=lambda **query: client.booking.list_locks(**query),
        empty=_l("还没有门锁。"),
        add=("pages.admin_new_lock", _l("新增门锁")),
    )
)


@pages.get("/admin/locks/new")
@for_roles("admin")
def admin_new_lock() -> str:
    return _page(None, NewLockForm(), mine=desk_community.choose())


@pages.post("/admin/locks/new")
@for_roles("admin")
@shown_again
def admin_add_lock() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = NewLockForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(None, form, mine=mine), 422
    try:
        client.booking.add_lock(community_id=community.require_one(), kind=form.kind.data, **form.said())
    except Refused as refused:
        return _page(None, form, mine=mine), _show(form, refused)
    flash(gettext("已新增。在场地的“门锁”里选用它。"), "good")
    return redirect_to("pages.admin_locks")


@pages.get("/admin/locks/<uuid:lock_id>")
@for_roles("admin")
def admin_lock(lock_id: str) -> str:
    known = client.booking.get_lock(lock_id=lock_id)
    name = {"name_zh": known["name"].get("zh-CN"), "name_en": known["name"].get("en")}
    plain = {field: known[field] for field in ("bridge", "device", "active")}
    return _page(known, KnownLockForm(**name, **plain))


@pages.post("/admin/locks/<uuid:lock_id>")
@for_roles("admin")
@shown_again
def admin_change_lock(lock_id: str) -> tuple[str, int] | Response:
    form = KnownLockForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(client.booking.get_lock(lock_id=lock_id), form), 422
    try:
        client.booking.change_lock(lock_id=lock_id, **form.said(), expected_version=version_sent())
    except Refused as refused:
        status = _show(form, refused)
        return _page(client.booking.get_lock(lock_id=lock_id), form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_lock", lock_id=lock_id)


@pages.get("/admin/spaces/<uuid:space_id>/lock")
@for_roles("admin")
def admin_space_lock(space_id: str) -> str:
    known = client.booking.get_managed_space(space_id=space_id)
    minutes = {name: known[name] for name in ("code_minutes_before", "code_minutes_after")}
    return _space_page(known, SpaceLockForm(lock_id=known["lock_id"] or "", **minutes))


@pages.post("/admin/spaces/<uuid:space_id>/lock")
@for_roles("admin")
@shown_again
def admin_set_space_lock(space_id: str) -> tuple[str, int] | Response:
    known = client.booking.get_managed_space(space_id=space_id)
    form = SpaceLockForm(request.form)
    form.set_choices(known["community_id"])
    if not form.is_valid():
        return _space_page(known, form), 422
    minutes = {name: form[name].data for name in ("code_minutes_before", "code_minutes_after")}
    about: dict[str, Any] = {"lock_id": form.lock_id.data or None} | minutes
    try:
        client.booking.change_space(space_id=space_id, **about, expected_version=version_sent())
    except Refused as refused:
        status = _show(form, refused)
        return _space_page(client.booking.get_managed_space(space_id=space_id), form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_space_lock", space_id=space_id)


def _show(form: PageForm, refused: Refused) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if refused.kind not in ("invalid", "conflict", "precondition"):
        raise refused
    form.add_refusal(refused, FIELDS)
    return STATUS_OF_KIND[refused.kind]


def _page(known: Json | None, form: LockForm, *, mine: Any = None) -> str:
    form.set_choices()
    if known is not None:
        community.show_of(known["community_id"])
    return render_template("admin_lock.html", known=known, form=form, mine=mine, standing=_standing, tone=_tone)


def _space_page(known: Json, form: SpaceLockForm) -> str:
    form.set_choices(known["community_id"])
    community.show_of(known["community_id"])
    return render_template("admin_space_lock.html", known=known, form=form)
