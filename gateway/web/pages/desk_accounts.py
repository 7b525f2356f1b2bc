"""The account of a resident at the counter: consent told by voice, another community, and the end of the account."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField

from chassis import text as texts
from chassis.rpc.refusal import Refusal
from gateway.erasure.models import REASONS
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import consents, erasure, residents
from gateway.refusals.own_data import ConsentNotGiven, ErasureNotRequested
from gateway.web.admin.words import ERASURE_REASONS
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, options, required
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label, localized


class VoiceForm(PageForm):
    version = HiddenField()
    given_by = RadioField(
        _l("谁说的同意"),
        required(_l("请选择。")),
        choices=options((("self", _l("本人")), ("guardian", _l("监护人（未满 14 周岁必须由监护人同意）")))),
    )


class MoveForm(PageForm):
    to = SelectField(_l("改为"), required(_l("请选择社区。")))


class EraseForm(PageForm):
    reason = RadioField(_l("原因"), required(_l("请选择原因。")))


@pages.get("/desk/residents/<uuid:account_id>/account")
@for_roles(*residents.CLERKS)
def desk_account(account_id: UUID) -> str:
    return _page(account_id)


@pages.post("/desk/residents/<uuid:account_id>/consents")
@for_roles(*residents.CLERKS)
def record_consent(account_id: UUID) -> Response | tuple[str, int]:
    form = VoiceForm(request.form)
    if form.is_valid():
        try:
            consents.record(account_id, texts.whole_number(form.version.data) or 0, form.given_by.data)
        except Refusal as refusal:
            return _refused(account_id, refusal, voice=form)
        flash(gettext("已记录：居民口头同意隐私声明。"), "good")
        return redirect_to("pages.desk_account", account_id=account_id)
    return _page(account_id, voice=form), 422


@pages.post("/desk/residents/<uuid:account_id>/consents/withdrawal")
@for_roles(*residents.CLERKS)
def record_withdrawal(account_id: UUID) -> Response:
    try:
        consents.record_withdrawal(account_id)
        flash(gettext("已记录：居民撤回同意。"), "good")
    except ConsentNotGiven:
        flash(gettext("没有可以撤回的同意。"), "")
    return redirect_to("pages.desk_account", account_id=account_id)


@pages.post("/desk/residents/<uuid:account_id>/community")
@for_roles(*residents.CLERKS)
def move_resident(account_id: UUID) -> Response | tuple[str, int]:
    form = _move_form(request.form)
    if form.is_valid():
        moved = residents.move(account_id, form.to.data)
        name = localized(community.snapshot().by_id[moved["community_id"]].name)
        flash(gettext("已转到%(name)s，以后由该社区办理。", name=name), "good")
        return redirect_to("pages.desk_residents")
    return _page(account_id, move=form), 422


@pages.post("/desk/residents/<uuid:account_id>/erasure")
@for_roles(*residents.CLERKS)
def erase_resident(account_id: UUID) -> Response | tuple[str, int]:
    form = _erase_form(request.form)
    if form.is_valid():
        try:
            erasure.request_for(account_id, form.reason.data)
        except Refusal as refusal:
            return _refused(account_id, refusal, erase=form)
        return redirect_to("pages.desk_account", account_id=account_id)
    return _page(account_id, erase=form), 422


@pages.post("/desk/residents/<uuid:account_id>/erasure/keep")
@for_roles(*residents.CLERKS)
def keep_resident(account_id: UUID) -> Response:
    try:
        erasure.keep_for(account_id)
        flash(gettext("已撤回，账号保留不变。"), "good")
    except ErasureNotRequested:
        flash(gettext("没有待处理的注销申请。"), "")
    return redirect_to("pages.desk_account", account_id=account_id)


def _refused(account_id: UUID, refusal: Refusal, **forms: PageForm) -> tuple[str, int]:
    if refusal.kind == "not_found":
        raise refusal
    for form in forms.values():
        form.add_refusal(refusal)
    return _page(account_id, **forms), STATUS_OF_KIND[refusal.kind]


def _move_form(sent: Any = None) -> MoveForm:
    form = MoveForm(sent)
    others = [(one.id, localized(one.name)) for one in community.snapshot().by_id.values()]
    form.to.choices = options([("", gettext("请选择")), *others])
    return form


def _erase_form(sent: Any = None) -> EraseForm:
    form = EraseForm(sent)
    form.reason.choices = options((code, label(ERASURE_REASONS, code)) for code in REASONS)
    return form


def _page(account_id: UUID, **forms: PageForm) -> str:
    resident = residents.read(account_id)
    home = community.snapshot().by_id.get(resident["community_id"])
    known = consents.list_of(account_id)
    given = [one for one in known if one["withdrawn_at"] is None]
    in_force = home.notice_version if home else 0
    agreed = any(one["community_id"] == resident["community_id"] and one["version"] == in_force for one in given)
    notice = consents.read_notice(resident["community_id"], in_force)["notice"] if in_force and not agreed else None
    return render_template(
        "desk_account.html",
        resident=resident,
        home=home,
        in_force=in_force,
        agreed=agreed,
        notice=notice,
        given=given,
        withdrawn=max((one["withdrawn_at"] for one in known if one["withdrawn_at"]), default=None),
        running=erasure.running_of(account_id),
        voice=forms.get("voice") or VoiceForm(),
        move=forms.get("move") or _move_form(),
        erase=forms.get("erase") or _erase_form(),
    )
