"""Communities for admins: the list, new ones, and changes with their history."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.operations import audit_log, directory
from gateway.web import places
from gateway.web.admin.directory_forms import CommunityForm, show_refusal
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import localized
from gateway.web.service_calls import Json


def _address(row: Json) -> str:
    return url_for("pages.admin_community", community_id=row["id"])


register(
    AdminList(
        area="communities",
        title=_l("社区"),
        line=_l("每个社区的中心、电话、开放时间和网格。"),
        columns=(
            Column(title=_l("名称"), text=lambda row: localized(row["name"]), href=_address),
            Column(title=_l("代码"), text=lambda row: row["id"]),
            Column(title=_l("街道"), text=lambda row: localized((row["sub_district"] or {}).get("name"))),
            Column(title=_l("编号前缀"), text=lambda row: row["number_prefix"] or ""),
            Column(title=_l("电话"), text=lambda row: row["phone"] or ""),
        ),
        filters=(
            Filter(name="q", title=_l("名称或代码"), kind="search"),
            Filter(name="sub_district_id", title=_l("街道"), choices=places.sub_districts),
        ),
        find=directory.list_communities,
        empty=_l("没有符合条件的社区。"),
        add=("pages.admin_new_community", _l("新增社区")),
        add_also=("pages.admin_new_sub_district", _l("新增街道")),
        may_add=directory.may_add,
        imported="communities",
    )
)


@pages.get("/admin/communities/new")
@for_roles("admin")
def admin_new_community() -> str:
    form = CommunityForm(time_zone="Asia/Shanghai")
    form.set_choices()
    return _new_page(form)


@pages.post("/admin/communities/new")
@for_roles("admin")
@shown_again
def admin_add_community() -> tuple[str, int] | Response:
    form = CommunityForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _new_page(form), 422
    try:
        # Version 0: it does not exist, or nobody has described it yet.
        made = directory.put_community(form.id.data, expected_version=0, **form.said())
    except VersionMismatch:
        form.add_error("id", gettext("这个代码已经有社区在用。"))
        return _new_page(form), 409
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _new_page(form), status
    flash(gettext("已新增%(name)s。接下来请添加网格、邀请工作人员。", name=localized(made["name"])), "good")
    return redirect_to("pages.admin_community", community_id=made["id"])


@pages.get("/admin/communities/<community_id>")
@for_roles("admin")
def admin_community(community_id: str) -> str:
    known = directory.get_community(community_id)
    form = CommunityForm(**_filled(known))
    form.set_choices(known=known)
    return _page(known, form)


@pages.post("/admin/communities/<community_id>")
@for_roles("admin")
@shown_again
def admin_change_community(community_id: str) -> tuple[str, int] | Response:
    known, form = directory.get_community(community_id), CommunityForm(request.form)
    form.set_choices(known=known)
    if not form.is_valid():
        return _page(known, form), 422
    expected = version_sent()
    try:
        directory.put_community(community_id, expected_version=expected, **form.said(known))
    except VersionMismatch as refusal:
        form.add_refusal(refusal)
        return _page(directory.get_community(community_id), form, since=expected), 409
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _page(known, form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id)


def _filled(known: Json) -> dict[str, Any]:
    values = {name: known[name] for name in ("phone", "icp_filing", "police_filing", "number_prefix", "time_zone")}
    for name, field in (("name", "name"), ("address", "address"), ("hours", "hours"), ("privacy_notice", "privacy")):
        for language, suffix in (("zh-CN", "zh"), ("en", "en")):
            values[f"{field}_{suffix}"] = (known[name] or {}).get(language)
    values |= {"lat": (known["location"] or {}).get("lat"), "lon": (known["location"] or {}).get("lon")}
    sub_district = (known["sub_district"] or {}).get("id", "")
    return values | {"hosts": "\n".join(known["hosts"]), "sub_district_id": sub_district}


def _new_page(form: CommunityForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        title=gettext("新增社区"),
        back="pages.admin_communities",
        back_text=gettext("社区"),
        button=gettext("新增社区"),
    )


def _page(known: Json, form: CommunityForm, since: int | None = None) -> str:
    about: dict[str, Any] = {"kind": "community", "subject_id": known["id"]}
    changed = audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else []
    return render_template(
        "admin_community.html", known=known, form=form, history=audit_log.list_entries(**about, limit=10), changed=changed
    )
