"""What follows from not coming, for the admins of a community."""

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.directory.known import Known
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import desk_community
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from services.booking.interface.no_show_rules import MOST_DAYS_AHEAD, MOST_FORGET_DAYS, MOST_TOLERATED


def _number(text: Any, least: int, most: int, description: Any = None) -> IntegerField:
    checks = [validators.InputRequired(_l("请填写数字。")), validators.NumberRange(least, most)]
    return IntegerField(text, checks, description=description)


class NoShowRuleForm(PageForm):
    active = BooleanField(_l("启用"), description=_l("只用于要求签到的场地。"))
    tolerated = _number(_l("容许几分"), 0, MOST_TOLERATED, _l("每次未到场记 1 分，每天减少一点。超过这么多分就受限。"))
    forget_days = _number(_l("几天后不计"), 1, MOST_FORGET_DAYS, _l("一次未到场的 1 分，在这么多天里均匀减到 0。"))
    days_ahead = IntegerField(
        _l("受限时最多提前几天"),
        [validators.Optional(), validators.NumberRange(0, MOST_DAYS_AHEAD)],
        description=_l("不填：受限时不能新预约，也不能改期。"),
    )


@pages.get("/admin/no-shows")
@for_roles("admin")
def admin_no_shows() -> str:
    mine = desk_community.choose()
    known: Any = client.booking.get_no_show_rule(community_id=community.require_one())
    return _page(known, NoShowRuleForm(**{name: known[name] for name in NoShowRuleForm()._fields}), mine)


@pages.post("/admin/no-shows")
@for_roles("admin")
@shown_again
def admin_set_no_shows() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form, where, status = NoShowRuleForm(request.form), community.require_one(), 422
    if form.is_valid():
        said = {name: field.data for name, field in form._fields.items()}
        try:
            client.booking.set_no_show_rule(community_id=where, **said, expected_version=version_sent())
            flash(gettext("已保存，从现在起生效。"), "good")
            return redirect_to("pages.admin_no_shows", community=where)
        except Refused as refused:
            if refused.kind not in ("invalid", "conflict", "precondition"):
                raise
            form.add_refusal(refused)
            status = STATUS_OF_KIND[refused.kind]
    return _page(client.booking.get_no_show_rule(community_id=where), form, mine), status


def _page(known: Any, form: NoShowRuleForm, mine: Sequence[Known]) -> str:
    about = {"kind": "no_show_rule", "subject_id": known["community_id"], "limit": 10}
    history: list[Any] = client.booking.list_calendar_changes(**about)["items"]
    add_names(history, actor_id="actor_name")
    entries = [{"actor_name": None, "actor_party": "staff", **entry} for entry in history]
    return render_template("admin_no_shows.html", known=known, form=form, mine=mine, history=entries)
