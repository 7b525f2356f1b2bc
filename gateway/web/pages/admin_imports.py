"""Imports from files: choose a list, download its template, see what each row would do, and carry it out."""

from base64 import b64encode
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from chassis.rpc.interface import Words
from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.imports.models import KINDS, OUTCOMES
from gateway.operations import imports
from gateway.refusals.files import ImportChanged, ImportDone, ImportHasErrors
from gateway.web import times
from gateway.web.admin import spreadsheets
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label

PER_PAGE = 50
NAMES = Words(
    {
        "residents": ("居民", "Residents"),
        "staff": ("人员", "Staff"),
        "grids": ("网格", "Grids"),
        "communities": ("社区", "Communities"),
    }
)
LINES = {
    "residents": _l("为没有手机或不会用手机的居民批量建档。"),
    "staff": _l("新人员会得到邀请链接，导入后只显示一次。"),
    "grids": _l("网格的名称、顺序和边界（GeoJSON）。"),
    "communities": _l("社区的名称、地址、电话和开放时间。"),
}
OUTCOME_NAMES = Words(
    {
        "new": ("新增", "New"),
        "changed": ("修改", "Changed"),
        "unchanged": ("不变", "Unchanged"),
        "error": ("错误", "Error"),
    }
)
TONES = {"new": "good", "changed": "warn", "unchanged": "", "error": "bad"}
_KIND = f"<any({', '.join(KINDS)}):kind>"


@pages.get("/admin/imports")
@for_roles("admin")
def admin_imports() -> str:
    return render_template("admin_imports.html", kinds=KINDS, names=NAMES, lines=LINES)


@pages.get(f"/admin/imports/{_KIND}")
@for_roles("admin")
def admin_import(kind: str) -> str:
    return _upload_page(kind)


@pages.get(f"/admin/imports/{_KIND}.<any(csv, xlsx):suffix>")
@for_roles("admin")
def admin_import_template(kind: str, suffix: str) -> Response:
    """A file with only the titles."""
    titles = [column.title(current.language()) for column in imports.columns(kind)]
    return _download([titles], suffix, f"linli-{kind}")


@pages.post(f"/admin/imports/{_KIND}")
@for_roles("admin")
def admin_check_import(kind: str) -> tuple[str, int] | Response:
    upload: FileStorage | None = request.files.get("file")
    if upload is None or not (content := upload.read()):
        return _upload_page(kind, gettext("请选择文件。")), 422
    try:
        found = imports.check(kind, content)
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        errors = refusal.details_for(current.language()).get("errors") or [{"message": text_of(refusal)}]
        return _upload_page(kind, " ".join(str(error["message"]) for error in errors)), 422
    return redirect_to("pages.admin_import_check", import_id=found["id"])


@pages.get("/admin/imports/<uuid:import_id>")
@for_roles("admin")
def admin_import_check(import_id: UUID) -> str:
    return _check_page(import_id)


@pages.get("/admin/imports/<uuid:import_id>.<any(csv, xlsx):suffix>")
@for_roles("admin")
def admin_import_outcomes(import_id: UUID, suffix: str) -> Response:
    """Every row with its outcome, or those with the outcome that the address names."""
    found, outcomes = imports.get(import_id)
    wanted = _outcome()
    table = [[gettext("行"), gettext("结果"), gettext("名称"), gettext("列"), gettext("代码"), gettext("说明")]]
    for one in outcomes:
        if wanted not in (None, one.outcome):
            continue
        row = imports.row(one)
        first = [str(row["line"]), label(OUTCOME_NAMES, row["outcome"]), row["label"]]
        said = [[_title(found["kind"], it["column"]), it["code"], it["message"]] for it in row["problems"]]
        said += [[_title(found["kind"], name), "", _change(pair)] for name, pair in row["changes"].items()]
        table += [first + more for more in said or [["", "", ""]]]
    return _download(table, suffix, f"linli-{found['kind']}-check")


@pages.post("/admin/imports/<uuid:import_id>")
@for_roles("admin")
def admin_commit_import(import_id: UUID) -> str | tuple[str, int] | Response:
    """Answers with the links of new staff, if there are any. They are shown nowhere else, so this is no redirect."""
    try:
        done = imports.commit(import_id, request.form.get("digest", ""))
    except (ImportChanged, ImportDone, ImportHasErrors) as refusal:
        return _check_page(import_id, text_of(refusal)), STATUS_OF_KIND[refusal.kind]
    if not done["invitations"]:
        flash(gettext("已导入。"), "good")
        return redirect_to("pages.admin_import_check", import_id=import_id)
    table = [[gettext("用户名"), gettext("姓名"), gettext("邀请链接")]]
    table += [[one["username"], one["name"], one["link"]] for one in done["invitations"]]
    file = b64encode(spreadsheets.written("csv", table)).decode()
    return render_template("admin_import_invited.html", invitations=done["invitations"], file=file)


def _upload_page(kind: str, problem: str = "") -> str:
    return render_template(
        "admin_import.html",
        kind=kind,
        name=label(NAMES, kind),
        line=LINES[kind],
        columns=imports.columns(kind),
        most=imports.most_rows(kind),
        problem=problem,
    )


def _check_page(import_id: UUID, problem: str = "") -> str:
    found, _ = imports.get(import_id)
    outcome = _outcome() or ("error" if found["counts"]["error"] else None)
    rows = imports.page_of_rows(import_id, limit=PER_PAGE, cursor=request.args.get("cursor"), outcome=outcome)
    return render_template(
        "admin_import_check.html",
        found=found,
        rows=rows,
        outcome=outcome,
        name=label(NAMES, found["kind"]),
        names=OUTCOME_NAMES,
        tones=TONES,
        title=lambda column: _title(found["kind"], column),
        change=_change,
        problem=problem,
    )


def _outcome() -> str | None:
    asked = request.args.get("outcome")
    return asked if asked in OUTCOMES else None


def _title(kind: str, code: str) -> str:
    known = {column.code: column.title(current.language()) for column in imports.columns(kind)}
    return known.get(code, code)


def _change(pair: Any) -> str:
    before, after = ("–" if value in (None, "", []) else _text(value) for value in pair)
    return gettext("%(old)s → %(new)s", old=before, new=after)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    return gettext("、").join(map(str, value)) if isinstance(value, list) else str(value)


def _download(table: list[list[str]], suffix: str, name: str) -> Response:
    response = Response(spreadsheets.written(suffix, table), content_type=spreadsheets.TYPES[suffix])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{times.today():%Y%m%d}.{suffix}"'
    response.headers["Cache-Control"] = "no-store"
    return response
