"""Sub-districts, for admins of the whole district."""

from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.operations import directory
from gateway.web.admin.directory_forms import SubDistrictForm, show_refusal
from gateway.web.admin.forms_of_places import both
from gateway.web.blueprint import pages
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again


@pages.get("/admin/sub_districts/new")
@for_roles("admin")
def admin_new_sub_district() -> str:
    return _page(SubDistrictForm())


@pages.post("/admin/sub_districts/new")
@for_roles("admin")
@shown_again
def admin_put_sub_district() -> tuple[str, int] | Response:
    """Adds a sub-district. The id of an existing one renames it."""
    form = SubDistrictForm(request.form)
    if not form.is_valid():
        return _page(form), 422
    try:
        directory.put_sub_district(form.id.data, name=both(form.name_zh.data, form.name_en.data) or {})
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _page(form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_communities")


def _page(form: SubDistrictForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        title=gettext("新增街道"),
        line=gettext("填写已有的代码会修改它的名称。"),
        back="pages.admin_communities",
        back_text=gettext("社区"),
    )
