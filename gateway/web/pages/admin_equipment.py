"""Equipment for admins: kinds and their rules, numbered units, and the bookings that a change would hit."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import desk_community, places
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, filled_text, optional_text, options, required, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.equipment_words import COUNTED, UNIT_STATES

_FIELDS = {"name": "name_zh", "description": "description_zh", "deposit": "deposit_zh"}


def _number(text: Any, least: int = 0, description: Any = None) -> IntegerField:
    checks = [validators.InputRequired(_l("请填写数字。")), validators.NumberRange(least, 10_000)]
    return IntegerField(text, checks, description=description)


class KindForm(PageForm):
    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 60), filters=[strip_spaces])
    name_en = StringField(_l("名称（英文）"), optional_text(60), filters=[strip_spaces])
    description_zh = TextAreaField(_l("介绍"), optional_text(500), filters=[strip_spaces])
    description_en = TextAreaField(_l("英文介绍"), optional_text(500), filters=[strip_spaces])
    quantity = IntegerField(
        _l("一共几件"), [validators.Optional(), validators.NumberRange(0, 10_000)], description=_l("只用于按数量管理的。")
    )
    most_per_booking = _number(_l("一次最多借几件"), 1)
    turnover_minutes = _number(_l("归还后整理（分钟）"), description=_l("这么久以后才能给下一个预约。"))
    min_notice_minutes = _number(_l("至少提前（分钟）"))
    deposit_zh = StringField(_l("押金说明"), optional_text(200), filters=[strip_spaces])
    deposit_en = StringField(_l("英文押金说明"), optional_text(200), filters=[strip_spaces])
    handed_out = BooleanField(_l("由窗口借出和收回"), description=_l("不勾选：提前放在场地里。"))
    space_ids = Checkboxes(_l("能用在哪些场地"), description=_l("都不选：本社区所有场地。"))

    def set_choices(self, community_id: str | None) -> None:
        spaces = whole(client.booking.list_managed_spaces, community_id=community_id, state="active")["items"]
        self.space_ids.choices = options((one["id"], localized(one["name"])) for one in spaces)

    def said(self) -> dict[str, Any]:
        """The fields of booking.add_equipment and booking.change_equipment. The form must be valid."""
        names = ("most_per_booking", "turnover_minutes", "min_notice_minutes", "handed_out", "space_ids")
        texts = {name: both(self[f"{name}_zh"].data, self[f"{name}_en"].data) for name in ("name", "description", "deposit")}
        quantity = {} if self.quantity.data is None else {"quantity": self.quantity.data}
        return {name: self[name].data for name in names} | texts | quantity


class NewKindForm(KindForm):
    counted = RadioField(_l("怎样管理"), validators=required(_l("请选择怎样管理。")), default="units")

    def set_choices(self, community_id: str | None) -> None:
        super().set_choices(community_id)
        self.counted.choices = options((code, label(COUNTED, code)) for code in COUNTED)

    def said(self) -> dict[str, Any]:
        return super().said() | {"counted": self.counted.data}


class KnownKindForm(KindForm):
    active = BooleanField(_l("在用"), description=_l("停用后不能再借；已有的预约不变。"))

    def said(self) -> dict[str, Any]:
        return super().said() | {"active": self.active.data}


class UnitForm(PageForm):
    label = StringField(_l("编号"), filled_text(_l("请填写编号。"), 40), filters=[strip_spaces])
    state = SelectField(_l("状态"), default="in_use")
    space_id = SelectField(_l("固定在哪个场地"), validate_choice=False)
    note = StringField(_l("备注"), optional_text(500), filters=[strip_spaces])

    def set_choices(self, spaces: Any) -> None:
        self.state.choices = options((code, label(UNIT_STATES, code)) for code in UNIT_STATES)
        self.space_id.choices = options([("", gettext("不固定")), *((value, text) for value, text, *_ in spaces)])


def _find(**query: Any) -> Json:
    return client.booking.list_managed_equipment(**query)


def _how_many(row: Json) -> str:
    return label(COUNTED, "units") if row["counted"] == "units" else str(row["quantity"])


register(
    AdminList(
        area="equipment",
        title=_l("设备"),
        line=_l("居民订场地时可以一起借的东西：投影仪、音箱这样逐件编号的，或者折叠椅这样按数量的。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["name"]),
                href=lambda row: url_for("pages.admin_equipment_kind", kind_id=row["id"]),
            ),
            Column(title=_l("数量"), text=_how_many),
            Column(title=_l("一次最多"), text=lambda row: str(row["most_per_booking"])),
            Column(title=_l("社区"), text=lambda row: places.community_names().get(row["community_id"], "")),
            Column(
                title=_l("状态"),
                text=lambda row: gettext("在用") if row["active"] else gettext("停用"),
                tone=lambda row: "good" if row["active"] else "",
            ),
        ),
        filters=(
            Filter(name="q", title=_l("查找"), kind="search"),
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(
                name="state",
                title=_l("状态"),
                choices=lambda: [("active", gettext("在用")), ("inactive", gettext("停用"))],
            ),
        ),
        find=_find,
        empty=_l("还没有设备。"),
        add=("pages.admin_new_equipment", _l("新增设备")),
    )
)


@pages.get("/admin/equipment/new")
@for_roles("admin")
def admin_new_equipment() -> str:
    return _new_page(NewKindForm(most_per_booking=1, turnover_minutes=0, min_notice_minutes=0), desk_community.choose())


@pages.post("/admin/equipment/new")
@for_roles("admin")
@shown_again
def admin_add_equipment() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = NewKindForm(request.form)
    form.set_choices(current.community_id())
    if not form.is_valid():
        return _new_page(form, mine), 422
    try:
        made = client.booking.add_equipment(**form.said(), community_id=community.require_one())
    except Refused as refused:
        return _new_page(form, mine, refused), _status(refused)
    flash(gettext("已新增设备。"), "good")
    return redirect_to("pages.admin_equipment_kind", kind_id=made["id"])


@pages.get("/admin/equipment/<uuid:kind_id>")
@for_roles("admin")
def admin_equipment_kind(kind_id: str) -> str:
    known = client.booking.get_managed_equipment(kind_id=kind_id)
    return _page(known, KnownKindForm(**_values(known)))


@pages.post("/admin/equipment/<uuid:kind_id>")
@for_roles("admin")
@shown_again
def admin_change_equipment(kind_id: str) -> tuple[str, int] | str | Response:
    """Saves at once if nobody loses anything. Otherwise it shows who would, and saves if asked again."""
    known = client.booking.get_managed_equipment(kind_id=kind_id)
    form = KnownKindForm(request.form)
    form.set_choices(known["community_id"])
    if not form.is_valid():
        return _page(known, form), 422
    said = form.said()
    try:
        fewer = known["quantity"] is not None and said.get("quantity", known["quantity"]) < known["quantity"]
        if fewer and request.form.get("decided") != "yes":
            preview = client.booking.preview_equipment(kind_id=kind_id, quantity=said["quantity"])
            if preview["count"]:
                return _page(known, form, preview)
        client.booking.change_equipment(kind_id=kind_id, **said, expected_version=version_sent())
    except Refused as refused:
        form.add_refusal(refused, _FIELDS)
        return _page(client.booking.get_managed_equipment(kind_id=kind_id), form), _status(refused)
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_equipment_kind", kind_id=kind_id)


@pages.post("/admin/equipment/<uuid:kind_id>/units")
@for_roles("admin")
def admin_add_unit(kind_id: str) -> Response:
    form = UnitForm(request.form, state="in_use")
    form.set_choices(())
    form.state.data = "in_use"
    if form.is_valid():
        return _unit_done(kind_id, gettext("已新增。"), lambda: _add(kind_id, form))
    flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "bad")
    return redirect_to("pages.admin_equipment_kind", kind_id=kind_id)


@pages.post("/admin/equipment/<uuid:kind_id>/units/<uuid:unit_id>")
@for_roles("admin")
def admin_change_unit(kind_id: str, unit_id: str) -> Response | str:
    """Saves at once if no booking to come has the unit, or if it stays in use. Otherwise it shows them, and saves if asked
    again."""
    form = UnitForm(request.form)
    form.set_choices(())
    if not form.is_valid():
        flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "bad")
        return redirect_to("pages.admin_equipment_kind", kind_id=kind_id)
    if form.state.data != "in_use" and request.form.get("decided") != "yes":
        preview = client.booking.preview_equipment_unit(unit_id=unit_id)
        if preview["count"]:
            known = client.booking.get_managed_equipment(kind_id=kind_id)
            return _page(known, KnownKindForm(None, **_values(known)), unit_preview=(unit_id, form, preview))
    return _unit_done(kind_id, gettext("已保存。"), lambda: _change(unit_id, form))


def _add(kind_id: str, form: UnitForm) -> None:
    client.booking.add_equipment_unit(kind_id=kind_id, label=form.label.data, space_id=form.space_id.data or None)


def _change(unit_id: str, form: UnitForm) -> None:
    client.booking.change_equipment_unit(
        unit_id=unit_id,
        label=form.label.data,
        state=form.state.data,
        space_id=form.space_id.data or None,
        note=form.note.data or None,
        expected_version=version_sent(),
    )


def _unit_done(kind_id: str, said: str, act: Any) -> Response:
    try:
        act()
        flash(said, "good")
    except Refused as refused:
        _status(refused)
        flash(refused.message, "bad")
    return redirect_to("pages.admin_equipment_kind", kind_id=kind_id)


def _status(refused: Refused) -> int:
    """The status of the answer. Raises refusals about something else."""
    if refused.kind not in ("invalid", "conflict", "precondition"):
        raise refused
    return STATUS_OF_KIND[refused.kind]


def _values(known: Json) -> dict[str, Any]:
    texts = {
        f"{name}_{language[:2]}": (known[name] or {}).get(language, "")
        for name in ("name", "description", "deposit")
        for language in ("zh-CN", "en")
    }
    return {**known, **texts}


def _new_page(form: NewKindForm, mine: Any, refused: Refused | None = None) -> str:
    form.set_choices(current.community_id())
    if refused is not None:
        form.add_refusal(refused, _FIELDS)
    return render_template("admin_equipment_new.html", form=form, mine=mine)


def _page(
    known: Json,
    form: KnownKindForm,
    preview: Json | None = None,
    unit_preview: tuple[str, UnitForm, Mapping[str, Any]] | None = None,
) -> str:
    form.set_choices(known["community_id"])
    community.show_of(known["community_id"])
    spaces = [(choice.value, choice.label) for choice in form.space_ids.choices or ()]
    history: list[Any] = client.booking.list_calendar_changes(kind="equipment", subject_id=known["id"], limit=10)["items"]
    add_names(history, actor_id="actor_name")
    entries = [{"actor_name": None, "actor_party": "staff", **entry} for entry in history]
    count = ngettext("%(num)d 件", "%(num)d 件", len(known["units"]))
    return render_template(
        "admin_equipment_kind.html",
        known=known,
        form=form,
        preview=preview,
        unit_preview=unit_preview,
        history=entries,
        spaces=spaces,
        count=count,
    )
