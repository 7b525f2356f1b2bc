"""Departments: who settles cases, and of which communities."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, StringField, validators

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, directory, staff
from gateway.web import places
from gateway.web.admin.forms_of_places import both, id_field
from gateway.web.admin.lists import AdminList, Column, Filter, joined, register
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, filled_text, grouped_options, optional_text, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import localized
from gateway.web.service_calls import Json

FIELDS = {"name": "name_zh"}


class DepartmentForm(PageForm):
    id = id_field(_l("以后不能修改，例如 urban-management。"))
    name_zh = StringField(_l("名称"), filled_text(_l("请填写名称。"), 100), filters=[strip_spaces])
    name_en = StringField(_l("英文名称"), optional_text(100), filters=[strip_spaces])
    position = IntegerField(_l("顺序"), [validators.InputRequired(_l("请填写顺序。")), validators.NumberRange(0, 9_999)])
    communities = Checkboxes(_l("办理哪些社区的事项"), description=_l("都不选：办理全区的事项。"))
    active = BooleanField(_l("在用"), description=_l("不在用的单位不再接受派单，原有事项不受影响。"))

    def set_choices(self) -> None:
        self.communities.choices = grouped_options(places.communities())
        if current.identity().reach != DISTRICT:
            self.communities.description = gettext("至少选一个。")

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.directory.put_department."""
        return {
            "name": both(self.name_zh.data, self.name_en.data) or {},
            "position": self.position.data,
            "active": self.active.data,
            "communities": self.communities.data or None,
        }


def _places(row: Json) -> str:
    if row["communities"] is None:
        return gettext("全区")
    names = places.community_names()
    return joined([names.get(id_, id_) for id_ in row["communities"]])


register(
    AdminList(
        area="departments",
        title=_l("承办单位"),
        line=_l("事项派给它们办理。承办人在“人员”里归到单位。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["name"]),
                href=lambda row: url_for("pages.admin_department", code=row["code"]),
            ),
            Column(title=_l("代码"), text=lambda row: row["code"]),
            Column(title=_l("社区"), text=_places),
            Column(
                title=_l("状态"),
                text=lambda row: gettext("在用") if row["active"] else gettext("不在用"),
                tone=lambda row: "good" if row["active"] else "",
            ),
        ),
        filters=(Filter(name="q", title=_l("名称或代码"), kind="search"),),
        find=directory.list_departments,
        empty=_l("没有符合条件的承办单位。"),
        add=("pages.admin_new_department", _l("新增承办单位")),
    )
)


@pages.get("/admin/departments/new")
@for_roles("admin")
def admin_new_department() -> str:
    return _page(DepartmentForm(position=len(directory.departments_in_use()), active=True))


@pages.post("/admin/departments/new")
@for_roles("admin")
def admin_add_department() -> tuple[str, int] | Response:
    form = DepartmentForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(form), 422
    try:
        directory.put_department(form.id.data, expected_version=0, **form.said())
    except VersionMismatch:
        form.add_error("id", gettext("这个代码已经有单位在用。"))
        return _page(form), 409
    except Refusal as refusal:
        status = _show(form, refusal)
        return _page(form), status
    flash(gettext("已新增。接下来请在“人员”里把承办人归到这个单位。"), "good")
    return redirect_to("pages.admin_departments")


@pages.get("/admin/departments/<code>")
@for_roles("admin")
def admin_department(code: str) -> str:
    known = directory.get_department(code)
    values = {name: known[name] for name in ("position", "active", "communities")}
    return _page(DepartmentForm(name_zh=known["name"]["zh-CN"], name_en=known["name"].get("en"), **values), known)


@pages.post("/admin/departments/<code>")
@for_roles("admin")
def admin_change_department(code: str) -> tuple[str, int] | Response:
    known, form = directory.get_department(code), DepartmentForm(request.form)
    form.set_choices()
    del form.id
    if not form.is_valid():
        return _page(form, known), 422
    expected = version_sent()
    try:
        directory.put_department(code, expected_version=expected, **form.said())
    except VersionMismatch as refusal:
        form.add_refusal(refusal)
        return _page(form, directory.get_department(code), since=expected), 409
    except Refusal as refusal:
        status = _show(form, refusal)
        return _page(form, known), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_department", code=code)


def _show(form: PageForm, refusal: Refusal) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if refusal.kind not in ("invalid", "conflict", "precondition"):
        raise refusal
    form.add_refusal(refusal, FIELDS)
    return 409 if refusal.kind == "precondition" else STATUS_OF_KIND[refusal.kind]


def _page(form: DepartmentForm, known: Json | None = None, since: int | None = None) -> str:
    """The page of a department, or of a new one. `since`: the version that the reader saw; the page shows what others changed
    after it."""
    form.set_choices()
    if known is None:
        return render_template(
            "admin_form.html",
            form=form,
            title=gettext("新增承办单位"),
            back="pages.admin_departments",
            back_text=gettext("承办单位"),
        )
    if form.id:
        del form.id
    about: dict[str, Any] = {"kind": "department", "subject_id": known["code"]}
    return render_template(
        "admin_department.html",
        known=known,
        form=form,
        people=staff.list_staff(department=known["code"], limit=100)["items"],
        history=audit_log.list_entries(**about, limit=10),
        changed=audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else [],
    )
