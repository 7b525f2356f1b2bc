"""The grids of a community, for admins."""

import orjson
from flask import Response, flash, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import NotFound, Refusal, VersionMismatch
from gateway.operations import directory
from gateway.web.admin.directory_forms import GridForm, show_refusal
from gateway.web.blueprint import pages
from gateway.web.forms import version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json


@pages.get("/admin/communities/<community_id>/grids/new")
@for_roles("admin")
def admin_new_grid(community_id: str) -> str:
    known = directory.get_community(community_id)
    return _page(known, GridForm(position=len(known["grids"]), active=True))


@pages.post("/admin/communities/<community_id>/grids/new")
@for_roles("admin")
@shown_again
def admin_add_grid(community_id: str) -> tuple[str, int] | Response:
    known, form = directory.get_community(community_id), GridForm(request.form)
    if not form.is_valid():
        return _page(known, form), 422
    try:
        directory.put_grid(community_id, form.id.data, expected_version=0, **form.said())
    except VersionMismatch:
        form.add_error("id", gettext("这个代码已经有网格在用。"))
        return _page(known, form), 409
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _page(known, form), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id, anchor="grids")


@pages.get("/admin/communities/<community_id>/grids/<grid_id>")
@for_roles("admin")
def admin_grid(community_id: str, grid_id: str) -> tuple[str, int] | str:
    known = directory.get_community(community_id)
    grid = _grid_of(known, grid_id)
    border = orjson.dumps(grid["border"]).decode() if grid["border"] else ""
    values = {"position": grid["position"], "active": grid["active"], "border": border}
    return _page(known, GridForm(name_zh=grid["name"]["zh-CN"], name_en=grid["name"].get("en"), **values), grid)


@pages.post("/admin/communities/<community_id>/grids/<grid_id>")
@for_roles("admin")
@shown_again
def admin_change_grid(community_id: str, grid_id: str) -> tuple[str, int] | Response:
    known, form = directory.get_community(community_id), GridForm(request.form)
    grid = _grid_of(known, grid_id)
    del form.id
    if not form.is_valid():
        return _page(known, form, grid), 422
    try:
        directory.put_grid(community_id, grid_id, expected_version=version_sent(), **form.said())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _page(known, form, grid), status
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_community", community_id=community_id, anchor="grids")


def _grid_of(known: Json, grid_id: str) -> Json:
    found: Json = next((grid for grid in known["grids"] if grid["id"] == grid_id), {})
    if not found:
        raise NotFound()
    return found


def _page(known: Json, form: GridForm, grid: Json | None = None) -> str:
    return render_template("admin_grid.html", known=known, form=form, grid=grid)
