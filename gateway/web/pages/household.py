"""The reader's family: the household, invitations to it, and the children for whom the reader acts."""

from collections.abc import Callable
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, validators

from chassis.rpc.refusal import Refusal
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import families
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, filled_text, optional_text, positive_number, required_text, strip_spaces, text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.service_calls import Json

SHOWN = frozenset({"invalid", "conflict", "too_many", "forbidden", "not_found"})


class ChildForm(PageForm):
    name = StringField(_l("孩子姓名"), filled_text(_l("请填写姓名。"), 40), filters=[strip_spaces])
    birth_year = IntegerField(
        _l("出生年份"), [validators.InputRequired(_l("请填写出生年份。")), positive_number(_l("年份请填数字，例如 2018。"))]
    )


class InviteForm(PageForm):
    phone = StringField(_l("家人的手机号"), optional_text(24), filters=[strip_spaces])


class JoinForm(PageForm):
    code = StringField(_l("邀请码"), required_text(_l("请填写邀请码。"), 16), filters=[strip_spaces])


@pages.get("/mine/household")
@signed_in
def household() -> str:
    return _page()


@pages.post("/mine/household")
@signed_in
def make_household() -> Response:
    return _done(families.create_own_household, gettext("已建立家庭，可以邀请家人了。"))


@pages.post("/mine/household/leave")
@signed_in
def leave_household() -> Response:
    return _done(families.leave_household, gettext("已退出家庭。"))


@pages.post("/mine/household/invitations")
@signed_in
def invite_to_household() -> str | tuple[str, int] | Response:
    """With a phone, the other person sees the invitation. Without one, the page shows a code. It is shown nowhere else, so this
    is no redirect."""
    form = InviteForm(request.form)
    if form.is_valid():
        try:
            made = families.invite(form.phone.data or None)
        except Refusal as refusal:
            if refusal.kind not in SHOWN:
                raise
            form.add_refusal(refusal)
            return _page(invite=form), STATUS_OF_KIND[refusal.kind]
        if made["code"]:
            return _page(made=made)
        flash(gettext("已发出邀请。对方用这个手机号登录后，在“家人”里就能看到。"), "good")
        return redirect_to("pages.household")
    return _page(invite=form), 422


@pages.post("/mine/household/join")
@signed_in
def join_household() -> tuple[str, int] | Response:
    form = JoinForm(request.form)
    if not form.is_valid():
        return _page(join=form), 422
    try:
        families.join_household(code=form.code.data)
    except Refusal as refusal:
        if refusal.kind not in SHOWN:
            raise
        form.add_refusal(refusal)
        return _page(join=form), STATUS_OF_KIND[refusal.kind]
    flash(gettext("已加入家庭。"), "good")
    return redirect_to("pages.household")


@pages.post("/mine/household/invitations/<uuid:invitation_id>/<any(accept, decline):answer>")
@signed_in
def answer_invitation(invitation_id: UUID, answer: str) -> Response:
    if answer == "decline":
        return _done(lambda: families.decline_invitation(invitation_id), gettext("已谢绝邀请。"))
    return _done(lambda: families.join_household(invitation_id=invitation_id), gettext("已加入家庭。"))


@pages.post("/mine/children")
@signed_in
def add_child() -> tuple[str, int] | Response:
    form = ChildForm(request.form)
    if form.is_valid():
        try:
            child = families.add_own_child(form.name.data, form.birth_year.data)
            flash(gettext("已添加%(name)s，现在可以替孩子报名和预约。", name=child["name"]), "good")
            return redirect_to("pages.household")
        except Refusal as refusal:
            if refusal.kind not in SHOWN:
                raise
            form.add_refusal(refusal)
    return _page(child=form), 422


def _done(act: Callable[[], object], words: str) -> Response:
    try:
        act()
        flash(words, "good")
    except Refusal as refusal:
        if refusal.kind not in SHOWN:
            raise
        flash(text_of(refusal), "bad")
    return redirect_to("pages.household")


def _page(
    *,
    child: ChildForm | None = None,
    invite: InviteForm | None = None,
    join: JoinForm | None = None,
    made: Json | None = None,
) -> str:
    return render_template(
        "household.html",
        household=families.own_household(),
        waiting=families.waiting_invitations(),
        children=families.own_children(),
        child_form=child or ChildForm(),
        invite_form=invite or InviteForm(),
        join_form=join or JoinForm(),
        made=made,
    )
