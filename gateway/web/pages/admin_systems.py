"""Other systems: the list, new systems, their rights and keys, switching off and on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.http import current
from gateway.http.oauth import TOKEN
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, systems
from gateway.refusals.systems import KeyNotInForce, KeyReplaced
from gateway.systems.keys import DEFAULT_OVERLAP_HOURS
from gateway.web import places, times
from gateway.web.admin import rights
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.admin.system_forms import KeyForm, SystemForm
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.service_calls import Json

SOON = timedelta(days=30)  # a key that ends within this time is pointed out
OVERLAPS = (0, 24, 72, 7 * 24, 30 * 24)  # hours


def _address(system: Json) -> str:
    return url_for("pages.admin_system", system_id=system["id"])


def _rows(**query: Any) -> dict[str, Any]:
    """A page of systems with the names of the reader's communities."""
    found, names = systems.list_systems(**query), places.community_names()
    for row in found["items"]:
        known = [names.get(community, community) for community in row["communities"]]
        row["places"] = gettext("全区") if row["whole_district"] else gettext("、").join(known)
    return found


def _state(system: Json) -> str:
    """`off`, `none` (no key), `soon` (the last key ends soon), `on`."""
    if system["disabled"]:
        return "off"
    ends = [key["expires_at"] for key in system["keys"] if key["state"] in ("active", "ending")]
    if not ends:
        return "none"
    soon = current.now() + SOON
    return "soon" if all(end and datetime.fromisoformat(end) < soon for end in ends) else "on"


_STATES: dict[str, tuple[Callable[[], str], str]] = {
    "off": (lambda: gettext("已停用"), ""),
    "none": (lambda: gettext("没有有效密钥"), "warn"),
    "soon": (lambda: gettext("密钥即将到期"), "warn"),
    "on": (lambda: gettext("在用"), "good"),
}

register(
    AdminList(
        area="systems",
        title=_l("外部系统"),
        line=_l("其他系统以自己的身份、用自己的密钥使用本平台，只能做允许它做的事。"),
        columns=(
            Column(title=_l("名称"), text=lambda system: system["name"], href=_address),
            Column(title=_l("社区"), text=lambda system: system["places"]),
            Column(title=_l("权限"), text=lambda system: rights.all_shown(system["rights"]) or gettext("没有权限")),
            Column(
                title=_l("最近使用"),
                text=lambda system: f"{times.local(system['last_used_at']):%Y-%m-%d %H:%M}" if system["last_used_at"] else "",
            ),
            Column(
                title=_l("状态"),
                text=lambda system: _STATES[_state(system)][0](),
                tone=lambda system: _STATES[_state(system)][1],
            ),
        ),
        filters=(Filter(name="q", title=_l("名称"), kind="search"),),
        find=_rows,
        empty=_l("没有符合条件的系统。"),
        add=("pages.admin_new_system", _l("新增系统")),
    )
)


@pages.get("/admin/api_keys")
@for_roles("admin")
def admin_api_keys() -> Response:
    """The address of earlier releases."""
    return redirect_to("pages.admin_systems")


@pages.get("/admin/systems/new")
@for_roles("admin")
def admin_new_system() -> str:
    return _new(SystemForm())


@pages.post("/admin/systems/new")
@for_roles("admin")
def admin_add_system() -> tuple[str, int] | Response:
    form = SystemForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _new_page(form), 422
    try:
        made = systems.add(**form.said())
    except Refusal as refusal:
        _show(form, refusal)
        return _new_page(form), STATUS_OF_KIND[refusal.kind]
    flash(gettext("已新增。现在给它一把密钥。"), "good")
    return redirect_to("pages.admin_system", system_id=made["id"], anchor="keys")


@pages.get("/admin/systems/<uuid:system_id>")
@for_roles("admin")
def admin_system(system_id: UUID) -> str:
    system = systems.get(system_id)
    return _page(system, _filled(system))


@pages.post("/admin/systems/<uuid:system_id>")
@for_roles("admin")
def admin_change_system(system_id: UUID) -> tuple[str, int] | Response:
    form = SystemForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(systems.get(system_id), form), 422
    expected, said = version_sent(), form.said()
    said["default_requests"] = said["requests_per_minute"] is None
    try:
        systems.change(system_id, expected_version=expected, **said)
    except VersionMismatch as refusal:
        form.add_refusal(refusal)
        return _page(systems.get(system_id), form, since=expected), 409
    except Refusal as refusal:
        _show(form, refusal)
        return _page(systems.get(system_id), form), STATUS_OF_KIND[refusal.kind]
    flash(gettext("已保存，从该系统的下一次请求起生效。"), "good")
    return redirect_to("pages.admin_system", system_id=system_id)


@pages.post("/admin/systems/<uuid:system_id>/<any(on, off):switch>")
@for_roles("admin")
def admin_switch_system(system_id: UUID, switch: str) -> Response:
    try:
        systems.change(system_id, expected_version=version_sent(), disabled=switch == "off")
    except VersionMismatch as refusal:
        flash(text_of(refusal), "bad")
    else:
        flash(gettext("已停用，它的密钥都不能再使用。") if switch == "off" else gettext("已启用。"), "good")
    return redirect_to("pages.admin_system", system_id=system_id)


@pages.post("/admin/systems/<uuid:system_id>/keys")
@for_roles("admin")
def admin_make_key(system_id: UUID) -> str | tuple[str, int]:
    """Answers with the page that shows the secret. It is shown nowhere else, so this is no redirect."""
    form, system = KeyForm(request.form), systems.get(system_id)
    form.set_choices()
    if not form.is_valid():
        return _page(system, _filled(system), key_form=form), 422
    try:
        made = systems.make_key(system_id, kind=form.kind.data, label=form.label.data or None, days=form.days.data)
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        form.add_refusal(refusal)
        return _page(system, _filled(system), key_form=form), STATUS_OF_KIND[refusal.kind]
    return _secret(system, made)


@pages.post("/admin/systems/<uuid:system_id>/keys/<uuid:key_id>/replace")
@for_roles("admin")
def admin_replace_key(system_id: UUID, key_id: UUID) -> str | Response:
    sent = request.form.get("overlap_hours", "")
    overlap = int(sent) if sent in map(str, OVERLAPS) else DEFAULT_OVERLAP_HOURS
    try:
        made = systems.replace_key(system_id, key_id, overlap_hours=overlap)
    except (KeyNotInForce, KeyReplaced) as refusal:
        flash(text_of(refusal), "bad")
        return redirect_to("pages.admin_system", system_id=system_id, anchor="keys")
    return _secret(systems.get(system_id), made)


@pages.post("/admin/systems/<uuid:system_id>/keys/<uuid:key_id>/revoke")
@for_roles("admin")
def admin_revoke_key(system_id: UUID, key_id: UUID) -> Response:
    systems.revoke_key(system_id, key_id)
    flash(gettext("已吊销，不能再使用。"), "good")
    return redirect_to("pages.admin_system", system_id=system_id, anchor="keys")


def _secret(system: Json, made: Json) -> str:
    token_address = request.url_root.rstrip("/") + TOKEN
    return render_template("admin_secret.html", system=system, made=made, token_address=token_address)


def _show(form: SystemForm, refusal: Refusal) -> None:
    """Raises refusals about something else."""
    if refusal.kind != "invalid":
        raise refusal
    form.add_refusal(refusal, {"rights": "exact", "community_id": "communities"})


def _filled(system: Json) -> SystemForm:
    same = {name: system[name] for name in ("name", "contact", "whole_district", "communities", "requests_per_minute")}
    form = SystemForm(**same, **rights.split(system["rights"]))
    form.set_choices()
    return form


def _new(form: SystemForm) -> str:
    form.set_choices()
    return _new_page(form)


def _new_page(form: SystemForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        title=gettext("新增系统"),
        line=gettext("先登记是什么系统、可以做什么，保存后再给它密钥。"),
        back="pages.admin_systems",
        back_text=gettext("外部系统"),
    )


def _page(system: Json, form: SystemForm, since: int | None = None, key_form: KeyForm | None = None) -> str:
    """The page of a system. `since`: the version that the reader saw; the page shows what others changed after it."""
    about: dict[str, Any] = {"kind": "system", "subject_id": system["id"]}
    changed = audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else []
    if key_form is None:
        key_form = KeyForm(days=systems.days_of(None))
        key_form.set_choices()
    soon = current.now() + SOON
    return render_template(
        "admin_system.html",
        system=system,
        form=form,
        key_form=key_form,
        overlaps=[(hours, _overlap(hours)) for hours in OVERLAPS],
        default_overlap=DEFAULT_OVERLAP_HOURS,
        ends_soon=lambda key: bool(key["expires_at"]) and datetime.fromisoformat(key["expires_at"]) < soon,
        state=_STATES[_state(system)],
        history=audit_log.list_entries(**about, limit=10),
        changed=changed,
    )


def _overlap(hours: int) -> str:
    if hours == 0:
        return gettext("立即失效")
    return gettext("%(n)s 天后失效", n=hours // 24)
