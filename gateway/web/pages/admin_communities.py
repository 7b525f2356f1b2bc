"""The directory: communities with their centres and grids, and sub-districts."""

from typing import Any
from zoneinfo import available_timezones

import orjson
from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, IntegerField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import NotFound, Refusal, VersionMismatch
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, directory
from gateway.refusals import GridOfAnotherCommunity, HostTaken, PrefixFixed, PrefixTaken
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, filled_text, optional_text, options, required_text, strip_spaces, text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import localized
from gateway.web.service_calls import Json

# The field that a refusal is about.
FIELD_OF = {PrefixTaken: "number_prefix", PrefixFixed: "number_prefix", HostTaken: "hosts", GridOfAnotherCommunity: "id"}
FIELDS = {"name": "name_zh", "address": "address_zh", "hours": "hours_zh", "privacy_notice": "privacy_zh"} | {
    "location.lat": "lat",
    "location.lon": "lon",
}
ID = validators.Regexp(r"^[A-Za-z0-9._\-]{1,64}$", message=_l("只用字母、数字、点、横线或下划线，例如 liuyi。"))


def id_field(description: Any) -> StringField:
    checks = [*required_text(_l("请填写代码。"), 64), ID]
    return StringField(_l("代码"), checks, filters=[strip_spaces], description=description)


class SubDistrictForm(PageForm):
    id = id_field(_l("以后不能修改，例如 chenzhou。"))
    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 100), filters=[strip_spaces])
    name_en = StringField(_l("英文名称"), optional_text(100), filters=[strip_spaces])


class CommunityForm(PageForm):
    id = id_field(_l("出现在网址里，以后不能修改，例如 liuyi。"))
    name_zh = StringField(
        _l("名称"), filled_text(_l("请填写名称。"), 100), filters=[strip_spaces], description=_l("例如：六一社区")
    )
    name_en = StringField(_l("英文名称"), optional_text(100), filters=[strip_spaces])
    sub_district_id = SelectField(_l("街道"), validate_choice=False)
    number_prefix = StringField(
        _l("编号前缀"),
        required_text(_l("请填写编号前缀。"), 8),
        filters=[strip_spaces],
        description=_l("事项编号以它开头，1 至 8 个大写字母或数字，以后不能修改，例如 LY。"),
    )
    address_zh = StringField(_l("地址"), optional_text(200), filters=[strip_spaces])
    address_en = StringField(_l("英文地址"), optional_text(200), filters=[strip_spaces])
    phone = StringField(_l("电话"), optional_text(24), filters=[strip_spaces])
    hours_zh = StringField(_l("开放时间"), optional_text(500), filters=[strip_spaces])
    hours_en = StringField(_l("英文开放时间"), optional_text(500), filters=[strip_spaces])
    lat = DecimalField(_l("纬度"), [validators.Optional()], places=None, description=_l("GPS 坐标（WGS84），例如 33.6262。"))
    lon = DecimalField(_l("经度"), [validators.Optional()], places=None, description=_l("例如 114.6524。"))
    hosts = TextAreaField(
        _l("域名"), optional_text(2_000), filters=[strip_spaces], description=_l("每行一个。用这个域名打开时先看到本社区。")
    )
    icp_filing = StringField(_l("ICP 备案号"), optional_text(64), filters=[strip_spaces])
    police_filing = StringField(_l("公安联网备案号"), optional_text(64), filters=[strip_spaces])
    privacy_zh = TextAreaField(_l("隐私声明"), optional_text(20_000), filters=[strip_spaces])
    privacy_en = TextAreaField(_l("英文隐私声明"), optional_text(20_000), filters=[strip_spaces])
    time_zone = SelectField(_l("时区"), validate_choice=False)

    def set_choices(self, *, known: Json | None = None) -> None:
        """A known community keeps its id, and its prefix once it has one."""
        found = [(row["id"], localized(row["name"])) for row in directory.list_sub_districts()]
        self.sub_district_id.choices = options([("", gettext("没有")), *found])
        self.time_zone.choices = options((name, name) for name in sorted(available_timezones()))
        if known is not None:
            del self.id
            if known["number_prefix"]:
                del self.number_prefix

    def said(self, known: Json | None = None) -> dict[str, Any]:
        """The fields for gateway.operations.directory.put_community."""
        lat, lon = self.lat.data, self.lon.data
        location = None if lat is None and lon is None else {"lat": _number(lat), "lon": _number(lon)}
        return {
            "name": _both(self.name_zh.data, self.name_en.data) or {},
            "sub_district_id": self.sub_district_id.data or None,
            "number_prefix": self.number_prefix.data if self.number_prefix else (known or {})["number_prefix"],
            "address": _both(self.address_zh.data, self.address_en.data),
            "phone": self.phone.data or None,
            "hours": _both(self.hours_zh.data, self.hours_en.data),
            "location": location,
            "hosts": (self.hosts.data or "").split(),
            "icp_filing": self.icp_filing.data or None,
            "police_filing": self.police_filing.data or None,
            "privacy_notice": _both(self.privacy_zh.data, self.privacy_en.data),
            "time_zone": self.time_zone.data,
        }


class GridForm(PageForm):
    id = id_field(_l("以后不能修改，例如 liuyi-1。"))
    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 100), filters=[strip_spaces])
    name_en = StringField(_l("英文名称"), optional_text(100), filters=[strip_spaces])
    position = IntegerField(_l("顺序"), [validators.InputRequired(_l("请填写顺序。")), validators.NumberRange(0, 9_999)])
    border = TextAreaField(
        _l("边界"),
        optional_text(200_000),
        filters=[strip_spaces],
        description=_l("GeoJSON 的 Polygon 或 MultiPolygon（WGS84）。"),
    )
    active = BooleanField(_l("在用"))

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.directory.put_grid. Text that is no JSON is refused there as a border."""
        try:
            border = orjson.loads(self.border.data) if self.border.data else None
        except orjson.JSONDecodeError:
            border = {}
        name = _both(self.name_zh.data, self.name_en.data) or {}
        return {"name": name, "position": self.position.data, "border": border, "active": self.active.data}


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
        filters=(Filter(name="q", title=_l("名称或代码"), kind="search"),),
        find=directory.list_communities,
        empty=_l("没有符合条件的社区。"),
        add=("pages.admin_new_community", _l("新增社区")),
        add_also=("pages.admin_new_sub_district", _l("新增街道")),
        may_add=directory.may_add,
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
        status = _show(form, refusal)
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
        status = _show(form, refusal)
        return _page(known, form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id)


@pages.get("/admin/communities/<community_id>/grids/new")
@for_roles("admin")
def admin_new_grid(community_id: str) -> str:
    known = directory.get_community(community_id)
    return _grid_page(known, GridForm(position=len(known["grids"]), active=True))


@pages.post("/admin/communities/<community_id>/grids/new")
@for_roles("admin")
def admin_add_grid(community_id: str) -> tuple[str, int] | Response:
    known, form = directory.get_community(community_id), GridForm(request.form)
    if not form.is_valid():
        return _grid_page(known, form), 422
    try:
        directory.put_grid(community_id, form.id.data, expected_version=0, **form.said())
    except VersionMismatch:
        form.add_error("id", gettext("这个代码已经有网格在用。"))
        return _grid_page(known, form), 409
    except Refusal as refusal:
        status = _show(form, refusal)
        return _grid_page(known, form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id, anchor="grids")


@pages.get("/admin/communities/<community_id>/grids/<grid_id>")
@for_roles("admin")
def admin_grid(community_id: str, grid_id: str) -> tuple[str, int] | str:
    known = directory.get_community(community_id)
    grid = _grid_of(known, grid_id)
    border = orjson.dumps(grid["border"]).decode() if grid["border"] else ""
    values = {"position": grid["position"], "active": grid["active"], "border": border}
    return _grid_page(known, GridForm(name_zh=grid["name"]["zh-CN"], name_en=grid["name"].get("en"), **values), grid)


@pages.post("/admin/communities/<community_id>/grids/<grid_id>")
@for_roles("admin")
def admin_change_grid(community_id: str, grid_id: str) -> tuple[str, int] | Response:
    known, form = directory.get_community(community_id), GridForm(request.form)
    grid = _grid_of(known, grid_id)
    del form.id
    if not form.is_valid():
        return _grid_page(known, form, grid), 422
    try:
        directory.put_grid(community_id, grid_id, expected_version=version_sent(), **form.said())
    except Refusal as refusal:
        status = _show(form, refusal)
        return _grid_page(known, form, grid), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id, anchor="grids")


@pages.get("/admin/sub_districts/new")
@for_roles("admin")
def admin_new_sub_district() -> str:
    return _sub_district_page(SubDistrictForm())


@pages.post("/admin/sub_districts/new")
@for_roles("admin")
def admin_put_sub_district() -> tuple[str, int] | Response:
    """Adds a sub-district. The id of an existing one renames it."""
    form = SubDistrictForm(request.form)
    if not form.is_valid():
        return _sub_district_page(form), 422
    try:
        directory.put_sub_district(form.id.data, name=_both(form.name_zh.data, form.name_en.data) or {})
    except Refusal as refusal:
        status = _show(form, refusal)
        return _sub_district_page(form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_communities")


def _show(form: PageForm, refusal: Refusal) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if (name := FIELD_OF.get(type(refusal))) and name in form.data:
        form.add_error(name, text_of(refusal))
    elif refusal.kind in ("invalid", "conflict", "precondition"):
        form.add_refusal(refusal, FIELDS)
    else:
        raise refusal
    return 409 if refusal.kind == "precondition" else STATUS_OF_KIND[refusal.kind]


def _grid_of(known: Json, grid_id: str) -> Json:
    found: Json = next((grid for grid in known["grids"] if grid["id"] == grid_id), {})
    if not found:
        raise NotFound()
    return found


def _filled(known: Json) -> dict[str, Any]:
    values = {name: known[name] for name in ("phone", "icp_filing", "police_filing", "number_prefix", "time_zone")}
    for name, field in (("name", "name"), ("address", "address"), ("hours", "hours"), ("privacy_notice", "privacy")):
        for language, suffix in (("zh-CN", "zh"), ("en", "en")):
            values[f"{field}_{suffix}"] = (known[name] or {}).get(language)
    values |= {"lat": (known["location"] or {}).get("lat"), "lon": (known["location"] or {}).get("lon")}
    sub_district = (known["sub_district"] or {}).get("id", "")
    return values | {"hosts": "\n".join(known["hosts"]), "sub_district_id": sub_district}


def _both(zh: str | None, en: str | None) -> dict[str, Any] | None:
    """A text in both languages. None if there is no Chinese one and no English one."""
    return ({"zh-CN": zh or en} | ({"en": en} if en else {})) if zh or en else None


def _number(value: Any) -> float | None:
    return None if value is None or not value.is_finite() else float(value)


def _new_page(form: CommunityForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        title=gettext("新增社区"),
        back="pages.admin_communities",
        back_text=gettext("社区"),
        button=gettext("新增社区"),
    )


def _sub_district_page(form: SubDistrictForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        title=gettext("新增街道"),
        line=gettext("填写已有的代码会修改它的名称。"),
        back="pages.admin_communities",
        back_text=gettext("社区"),
    )


def _page(known: Json, form: CommunityForm, since: int | None = None) -> str:
    about: dict[str, Any] = {"kind": "community", "subject_id": known["id"]}
    changed = audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else []
    return render_template(
        "admin_community.html", known=known, form=form, history=audit_log.list_entries(**about, limit=10), changed=changed
    )


def _grid_page(known: Json, form: GridForm, grid: Json | None = None) -> str:
    return render_template("admin_grid.html", known=known, form=form, grid=grid)
