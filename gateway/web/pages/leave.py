"""Leave: who does the reader's work meanwhile, or that of a colleague whose account the reader administers."""

from datetime import timedelta
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField

from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import staff, substitutes
from gateway.refusals.staff import SubstituteChain, SubstitutedAlready
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, is_id, options, plausible_day, required, text_of
from gateway.web.guards import for_roles, redirect_to

ROLES = ("clerk", "grid_worker", "handler", "mediator", "organiser", "supervisor", "admin")
FIELDS = {"starts_at": "first_day", "ends_at": "last_day", "account_id": "substitute_id"}


class LeaveForm(PageForm):
    substitute_id = SelectField(_l("代办人"), required(_l("请选择代办人。")), validate_choice=False)
    first_day = DateField(_l("第一天"), [*required(_l("请选择日期。")), plausible_day])
    last_day = DateField(
        _l("最后一天"), [*required(_l("请选择日期。")), plausible_day], description=_l("这一天也由代办人办理。")
    )


@pages.get("/mine/leave")
@for_roles(*ROLES)
def leave() -> str:
    return _page(_new(), None)


@pages.post("/mine/leave")
@for_roles(*ROLES)
def add_leave() -> tuple[str, int] | Response:
    return _add(None)


@pages.post("/mine/leave/<uuid:substitution_id>/end")
@for_roles(*ROLES)
def end_leave(substitution_id: UUID) -> Response:
    return _end(substitution_id, None)


@pages.get("/admin/staff/<uuid:account_id>/leave")
@for_roles("admin")
def admin_leave(account_id: UUID) -> str:
    return _page(_new(), account_id)


@pages.post("/admin/staff/<uuid:account_id>/leave")
@for_roles("admin")
def admin_add_leave(account_id: UUID) -> tuple[str, int] | Response:
    return _add(account_id)


@pages.post("/admin/staff/<uuid:account_id>/leave/<uuid:substitution_id>/end")
@for_roles("admin")
def admin_end_leave(account_id: UUID, substitution_id: UUID) -> Response:
    return _end(substitution_id, account_id)


def _new() -> LeaveForm:
    return LeaveForm(first_day=times.today(), last_day=times.today())


def _add(account_id: UUID | None) -> tuple[str, int] | Response:
    form = LeaveForm(request.form)
    if not form.is_valid():
        return _page(form, account_id), 422
    if not is_id(form.substitute_id.data):
        form.add_error("substitute_id", gettext("请选择代办人。"))
        return _page(form, account_id), 422
    try:
        substitutes.add(
            account_id=account_id,
            substitute_id=UUID(form.substitute_id.data),
            starts_at=times.midnight(form.first_day.data),
            ends_at=times.midnight(form.last_day.data + timedelta(days=1)),
        )
    except Refusal as refusal:
        if refusal.kind != "invalid" and not isinstance(refusal, (SubstituteChain, SubstitutedAlready)):
            raise
        form.add_refusal(refusal, FIELDS)
        return _page(form, account_id), STATUS_OF_KIND[refusal.kind]
    flash(gettext("已设好代办人，对方会收到通知。到期自动结束。"), "good")
    return _back(account_id)


def _end(substitution_id: UUID, account_id: UUID | None) -> Response:
    try:
        substitutes.end(substitution_id)
    except Refusal as refusal:
        if refusal.kind != "forbidden":
            raise
        flash(text_of(refusal), "bad")
    else:
        flash(gettext("代办已结束。"), "good")
    return _back(account_id)


def _back(account_id: UUID | None) -> Response:
    if account_id is None:
        return redirect_to("pages.leave")
    return redirect_to("pages.admin_leave", account_id=account_id)


def _page(form: LeaveForm, account_id: UUID | None) -> str:
    person = str(account_id or current.identity().account_id)
    candidates = substitutes.candidates(account_id)
    form.substitute_id.choices = options([("", gettext("请选择")), *candidates])
    return render_template(
        "leave.html",
        form=form,
        account_id=account_id,
        name=staff.get(account_id)["name"] if account_id else "",
        candidates=candidates,
        person=person,
        found=[row | {"last_day": _last_day(row["ends_at"])} for row in substitutes.list_of(account_id)],
        form_action=request.path,
    )


def _last_day(ends_at: str) -> str:
    """A moment of the last day, for a leave that ends at midnight or was ended early."""
    return (times.local(ends_at) - timedelta(seconds=1)).isoformat()
