"""Staff: the list, new members, changes with their history, invitations, switching off and on."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, validators

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.accounts.interface import USERNAME
from gateway.calls import client
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, handing_over, places, staff
from gateway.refusals import AccountDisabled, UsernameTaken, WorksElsewhere
from gateway.web import people
from gateway.web.admin import choices, words
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import (
    Checkboxes,
    PageForm,
    at_least_one,
    filled_text,
    options,
    required_text,
    strip_spaces,
    text_of,
    version_sent,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label, localized
from gateway.web.service_calls import Block, Json, block

SHOWN_IN_FORM = (UsernameTaken, VersionMismatch, WorksElsewhere, AccountDisabled)


class StaffForm(PageForm):
    """What an admin says about a member of staff. `set_choices` offers the places of the admin."""

    name = StringField(_l("姓名"), filled_text(_l("请填写姓名。"), 40), filters=[strip_spaces])
    username = StringField(
        _l("用户名"),
        [
            *required_text(_l("请填写用户名。"), 32),
            validators.Regexp(USERNAME, message=_l("2 至 32 个小写字母、数字、点、横线或下划线，以字母开头。")),
        ],
        filters=[strip_spaces],
        description=_l("登录用，以后不能修改，例如 zhao.lei。"),
    )
    roles = Checkboxes(_l("角色"), at_least_one(_l("请至少选择一个角色。")))
    whole_district = BooleanField(_l("在全区工作"))
    communities = Checkboxes(_l("在哪些社区工作"))
    grids = Checkboxes(_l("负责的网格"), description=_l("只用于网格员。"))

    def set_choices(self) -> None:
        """Fields with nothing to choose are removed."""
        found = places.within_reach()
        self.roles.choices = options((code, label(words.ROLES, code)) for code in words.ROLES)
        self.communities.choices = options(choices.of_communities(found))
        self.grids.choices = options(choices.of_grids(found))
        if current.identity().reach != DISTRICT:
            del self.whole_district
            if len(found) < 2:
                del self.communities
        if not self.grids.choices:
            del self.grids

    def said(self) -> dict[str, Any]:
        """The fields for gateway.operations.staff."""
        return {name: field.data for name, field in self._fields.items()}


class ChangeForm(StaffForm):
    """Without the username, which does not change."""

    username: Any = None


def _rows(**query: Any) -> dict[str, Any]:
    """A page of staff with the names of the reader's communities. Other communities are shown by their ids."""
    found, names = staff.list_staff(**query), dict(choices.communities())
    for row in found["items"]:
        known = [names.get(community, community) for community in row["communities"]]
        row["places"] = gettext("全区") if row["whole_district"] else gettext("、").join(known)
    return found


register(
    AdminList(
        area="staff",
        title=_l("人员"),
        line=_l("谁在哪里、以什么角色工作。"),
        columns=(
            Column(
                title=_l("姓名"),
                text=lambda row: row["name"] or row["username"],
                href=lambda row: url_for("pages.admin_staff_member", account_id=row["id"]),
            ),
            Column(title=_l("用户名"), text=lambda row: row["username"]),
            Column(title=_l("角色"), text=lambda row: words.several(words.ROLES, row["roles"])),
            Column(title=_l("社区"), text=lambda row: row["places"]),
            Column(
                title=_l("状态"),
                text=lambda row: label(words.STATES, row["state"]),
                tone=lambda row: words.TONES[row["state"]],
            ),
        ),
        filters=(
            Filter(name="q", title=_l("姓名或用户名"), kind="search"),
            Filter(name="role", title=_l("角色"), choices=lambda: [(code, label(words.ROLES, code)) for code in words.ROLES]),
            Filter(name="community_id", title=_l("社区"), choices=choices.communities),
            Filter(
                name="state", title=_l("状态"), choices=lambda: [(code, label(words.STATES, code)) for code in words.STATES]
            ),
        ),
        find=_rows,
        empty=_l("没有符合条件的人员。"),
        add=("pages.admin_new_staff", _l("邀请人员")),
    )
)


@pages.get("/admin/staff/new")
@for_roles("admin")
def admin_new_staff() -> str:
    return _new(StaffForm())


@pages.post("/admin/staff/new")
@for_roles("admin")
def admin_add_staff() -> str | tuple[str, int]:
    """Answers with the page that shows the link. It is shown nowhere else, so this is no redirect."""
    form = StaffForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(form), 422
    try:
        made = staff.add(**form.said())
    except Refusal as refusal:
        return _refused(form, refusal)
    return render_template("admin_invited.html", person=made, invitation=made["invitation"])


@pages.get("/admin/staff/<uuid:account_id>")
@for_roles("admin")
def admin_staff_member(account_id: UUID) -> str:
    person = staff.get(account_id)
    return _member(person, _filled(person))


@pages.post("/admin/staff/<uuid:account_id>")
@for_roles("admin")
def admin_change_staff(account_id: UUID) -> tuple[str, int] | Response:
    form = ChangeForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _member(staff.get(account_id), form), 422
    expected = version_sent()
    try:
        staff.change(account_id, expected_version=expected, **form.said())
    except VersionMismatch as refusal:
        form.add_refusal(refusal)
        return _member(staff.get(account_id), form, since=expected), 409
    except Refusal as refusal:
        _show(form, refusal)
        return _member(staff.get(account_id), form), STATUS_OF_KIND[refusal.kind]
    flash(gettext("已保存，从对方的下一次操作起生效。"), "good")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


@pages.post("/admin/staff/<uuid:account_id>/invite")
@for_roles("admin")
def admin_invite_staff(account_id: UUID) -> str | Response:
    person = staff.get(account_id)
    try:
        invitation = staff.invite(account_id)
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    return render_template("admin_invited.html", person=person, invitation=invitation)


@pages.post("/admin/staff/<uuid:account_id>/hand-over")
@for_roles("admin")
def admin_hand_over(account_id: UUID) -> Response:
    """Hands the open cases over to the chosen person."""
    try:
        handed = handing_over.hand_over(account_id, request.form.get("new_handler_id", ""))
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    if handed.done:
        flash(gettext("已转办 %(n)s 件事项。", n=handed.done), "good")
    if handed.left:
        flash(gettext("还有 %(n)s 件没有转办：对方不在该社区工作，或事项刚被别人改动。", n=handed.left), "bad")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


@pages.post("/admin/staff/<uuid:account_id>/<any(on, off):switch>")
@for_roles("admin")
def admin_switch_staff(account_id: UUID, switch: str) -> Response:
    try:
        staff.change(account_id, expected_version=version_sent(), disabled=switch == "off")
    except Refusal as refusal:
        return _flashed(account_id, refusal)
    flash(gettext("已停用，对方已退出登录。") if switch == "off" else gettext("已启用。"), "good")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


def _flashed(account_id: UUID, refusal: Refusal) -> Response:
    """Back to the person, with the sentence of the refusal. Raises refusals about something else."""
    if refusal.kind != "invalid" and not isinstance(refusal, SHOWN_IN_FORM):
        raise refusal
    errors = refusal.details_for(current.language()).get("errors", ())
    flash(" ".join(error["message"] for error in errors) or text_of(refusal), "bad")
    return redirect_to("pages.admin_staff_member", account_id=account_id)


def _show(form: StaffForm, refusal: Refusal) -> None:
    if refusal.kind != "invalid" and not isinstance(refusal, SHOWN_IN_FORM):
        raise refusal
    if isinstance(refusal, UsernameTaken):
        form.add_error("username", text_of(refusal))
    else:
        form.add_refusal(refusal)


def _refused(form: StaffForm, refusal: Refusal) -> tuple[str, int]:
    _show(form, refusal)
    return _page(form), STATUS_OF_KIND[refusal.kind]


def _filled(person: Json) -> StaffForm:
    form = ChangeForm(**{name: person[name] for name in ("name", "roles", "whole_district", "communities", "grids")})
    form.set_choices()
    return form


def _new(form: StaffForm) -> str:
    form.set_choices()
    return _page(form)


def _page(form: StaffForm) -> str:
    return render_template(
        "admin_form.html",
        form=form,
        lines=_role_lines(),
        title=gettext("邀请人员"),
        line=gettext("保存后会得到一个链接，把它发给本人，由本人设置密码。"),
        button=gettext("生成邀请链接"),
        back="pages.admin_staff",
        back_text=gettext("人员"),
    )


def _member(person: Json, form: StaffForm, since: int | None = None) -> str:
    """The page of a person. `since`: the version that the reader saw; the page shows what others changed after it."""
    about: dict[str, Any] = {"kind": "staff", "subject_id": person["id"]}
    changed = audit_log.list_entries(**about, after_version=since, limit=10)["items"] if since is not None else []
    return render_template(
        "admin_staff_member.html",
        person=person,
        form=form,
        lines=_role_lines(),
        is_me=person["id"] == current.identity().account_id,
        open_cases=_open_cases(person),
        others=[
            (id_, name) for role in ("handler", "mediator") for id_, name in people.staff_with_role(role) if id_ != person["id"]
        ],
        history=audit_log.list_entries(**about, limit=10),
        changed=changed,
    )


def _open_cases(person: Json) -> Block:
    """The cases that this person is to settle. They would wait if the account were switched off."""
    return block(
        client.cases.list_cases, scope="desk", state="dispatched", handler_id=person["id"], limit=handing_over.MOST_OPEN
    )


def _role_lines() -> dict[str, str]:
    return {code: localized(words.ROLE_LINES.labels[code]) for code in words.ROLES}
