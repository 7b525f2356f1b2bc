"""Staff: the list, new members, and changes with their history."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refusal, VersionMismatch
from gateway.calls import client
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import audit_log, handing_over, oidc, staff
from gateway.refusals.staff import UsernameTaken
from gateway.web import people, places
from gateway.web.admin import words
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.admin.staff_forms import SHOWN_IN_FORM, ChangeForm, StaffForm
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Block, Json, block


def _rows(**query: Any) -> dict[str, Any]:
    """A page of staff with the names of the reader's communities. Other communities are shown by their ids."""
    found, names = staff.list_staff(**query), places.community_names()
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
            Column(
                title=_l("二次验证"),
                text=lambda row: words.several(words.FACTORS, row["factors"]) or gettext("没有"),
                tone=lambda row: "good" if row["factors"] else "",
            ),
        ),
        filters=(
            Filter(name="q", title=_l("姓名或用户名"), kind="search"),
            Filter(name="role", title=_l("角色"), choices=lambda: [(code, label(words.ROLES, code)) for code in words.ROLES]),
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(
                name="state", title=_l("状态"), choices=lambda: [(code, label(words.STATES, code)) for code in words.STATES]
            ),
            Filter(
                name="second_factor",
                title=_l("二次验证"),
                choices=lambda: [("with", gettext("有")), ("without", gettext("没有"))],
            ),
        ),
        find=_rows,
        empty=_l("没有符合条件的人员。"),
        add=("pages.admin_new_staff", _l("邀请人员")),
        imported="staff",
    )
)


@pages.get("/admin/staff/new")
@for_roles("admin")
def admin_new_staff() -> str:
    return _new(StaffForm())


@pages.post("/admin/staff/new")
@for_roles("admin")
@shown_again
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
@shown_again
def admin_change_staff(account_id: UUID) -> tuple[str, int] | Response:
    form = ChangeForm(request.form)
    form.set_choices(staff.get(account_id))
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
    form = ChangeForm(
        **{name: person[name] for name in ("name", "roles", "whole_district", "communities", "grids", "departments")}
    )
    form.set_choices(person)
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
        provider=oidc.offered("staff"),
        subject=oidc.subject_of(UUID(person["id"])) or "",
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
