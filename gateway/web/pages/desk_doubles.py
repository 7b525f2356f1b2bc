"""Likely doubles at the counter: the list, two records side by side, and the merge after a clear question."""

from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.operations import merging, residents
from gateway.web import people
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to

REASONS = {"birth_year": _l("出生年份相同"), "contact_phone": _l("联系电话相同"), "phone": _l("手机号与联系电话相同")}
SHOWN = frozenset({"invalid", "conflict", "precondition", "not_found"})


@pages.get("/desk/residents/doubles")
@for_roles(*residents.CLERKS)
def desk_doubles() -> str:
    found = merging.list_doubles(limit=20, cursor=request.args.get("cursor") or None)
    return render_template("desk_doubles.html", found=found, reasons=REASONS)


@pages.get("/desk/residents/<uuid:account_id>/merge/<uuid:other_id>")
@for_roles(*residents.CLERKS)
def desk_merge(account_id: UUID, other_id: UUID) -> str:
    both = [residents.read(account_id), residents.read(other_id)]
    return render_template("desk_merge.html", both=both, readable=people.readable)


@pages.post("/desk/residents/<uuid:account_id>/merge/<uuid:other_id>")
@for_roles(*residents.CLERKS)
def desk_send_merge(account_id: UUID, other_id: UUID) -> Response:
    """The record of the address stays; the form names its version."""
    if not request.form.get("sure"):
        flash(gettext("请先确认是同一个人。"), "bad")
        return redirect_to("pages.desk_merge", account_id=account_id, other_id=other_id)
    try:
        merging.merge_residents(account_id, other_id, version_sent())
    except Refusal as refusal:
        if refusal.kind not in SHOWN:
            raise
        errors = refusal.details_for(current.language()).get("errors", ())
        flash(" ".join(str(error["message"]) for error in errors) or text_of(refusal), "bad")
        return redirect_to("pages.desk_doubles")
    flash(gettext("已合并为一份档案。"), "good")
    return redirect_to("pages.desk_resident", account_id=account_id)
