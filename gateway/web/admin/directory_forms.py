"""The forms of communities, grids and sub-districts."""

from typing import Any
from zoneinfo import available_timezones

import orjson
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, IntegerField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refusal
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import directory
from gateway.refusals.directory import GridOfAnotherCommunity, GridsOverlap, HostTaken, PrefixFixed, PrefixTaken
from gateway.web.admin.forms_of_places import both, id_field
from gateway.web.forms import PageForm, filled_text, optional_text, options, required_text, strip_spaces, text_of
from gateway.web.labels import localized
from gateway.web.service_calls import Json

# The field that a refusal is about.
FIELD_OF = {
    PrefixTaken: "number_prefix",
    PrefixFixed: "number_prefix",
    HostTaken: "hosts",
    GridOfAnotherCommunity: "id",
    GridsOverlap: "border",
}
FIELDS = {"name": "name_zh", "address": "address_zh", "hours": "hours_zh", "privacy_notice": "privacy_zh"} | {
    "location.lat": "lat",
    "location.lon": "lon",
}


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
            "name": both(self.name_zh.data, self.name_en.data) or {},
            "sub_district_id": self.sub_district_id.data or None,
            "number_prefix": self.number_prefix.data if self.number_prefix else (known or {})["number_prefix"],
            "address": both(self.address_zh.data, self.address_en.data),
            "phone": self.phone.data or None,
            "hours": both(self.hours_zh.data, self.hours_en.data),
            "location": location,
            "hosts": (self.hosts.data or "").split(),
            "icp_filing": self.icp_filing.data or None,
            "police_filing": self.police_filing.data or None,
            "privacy_notice": both(self.privacy_zh.data, self.privacy_en.data),
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
        description=_l("GeoJSON 的 Polygon 或 MultiPolygon（WGS84）。不能自己相交，也不能与其他网格重叠。"),
    )
    active = BooleanField(_l("在用"))

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.directory.put_grid. Text that is no JSON is refused there as a border."""
        try:
            border = orjson.loads(self.border.data) if self.border.data else None
        except orjson.JSONDecodeError:
            border = {}
        name = both(self.name_zh.data, self.name_en.data) or {}
        return {"name": name, "position": self.position.data, "border": border, "active": self.active.data}


def show_refusal(form: PageForm, refusal: Refusal) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if (name := FIELD_OF.get(type(refusal))) and name in form.data:
        form.add_error(name, text_of(refusal))
    elif refusal.kind in ("invalid", "conflict", "precondition"):
        form.add_refusal(refusal, FIELDS)
    else:
        raise refusal
    return 409 if refusal.kind == "precondition" else STATUS_OF_KIND[refusal.kind]


def _number(value: Any) -> float | None:
    return None if value is None or not value.is_finite() else float(value)
