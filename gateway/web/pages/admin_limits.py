"""Limits of bookings: how much one resident or household may book."""

from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, validators

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import people, places
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, grouped_options, options, required, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json, block
from services.booking.interface.limit_words import MEASURES, PERIODS, SUBJECTS
from services.booking.interface.spaces import KINDS, SECTIONS

PLACES = ("kind", "section", "space_id")


class LimitForm(PageForm):
    """`place` is a field of the limit and its value, such as `kind:court`, or empty for all spaces."""

    community = SelectField(_l("在哪里"), validate_choice=False)
    place = SelectField(_l("哪些场地"), validate_choice=False)
    subject = RadioField(_l("对谁"), validators=required(_l("请选择对谁。")), default="resident")
    period = SelectField(_l("周期"), default="week")
    days = IntegerField(
        _l("天数"), [validators.Optional(), validators.NumberRange(1, 366)], description=_l("只用于“任意连续若干天”。")
    )
    measure = SelectField(_l("按什么计算"), default="count")
    allowed = IntegerField(
        _l("最多多少"),
        [validators.InputRequired(_l("请填写最多多少。")), validators.NumberRange(1, 100_000)],
        description=_l("次数，或分钟数：两小时填 120。"),
    )

    def set_choices(self) -> None:
        whole_district = [("", gettext("全区"))] if current.identity().reach == DISTRICT else []
        self.community.choices = grouped_options([*places.communities(), ("", whole_district)])
        spaces = block(whole, client.booking.list_spaces)
        self.place.choices = {
            gettext("全部"): options([("", gettext("全部场地"))]),
            gettext("类型"): options((f"kind:{code}", label(KINDS, code)) for code in KINDS),
            gettext("中心"): options((f"section:{code}", label(SECTIONS, code)) for code in SECTIONS),
            gettext("场地"): options((f"space_id:{one['id']}", localized(one["name"])) for one in spaces),
        }
        for chosen, words in ((self.subject, SUBJECTS), (self.period, PERIODS), (self.measure, MEASURES)):
            chosen.choices = options((code, label(words, code)) for code in words)

    def said(self) -> dict[str, Any]:
        """The fields of booking.add_limit."""
        name, _, value = (self.place.data or "").partition(":")
        place = {name: value} if name in PLACES else {}
        names = ("subject", "period", "measure", "allowed", "days")
        given = {one: self[one].data for one in names} | {"community_id": self.community.data or None}
        return {one: value for one, value in given.items() if value is not None} | place


class AllowedForm(PageForm):
    allowed = IntegerField(
        _l("最多多少"), [validators.InputRequired(_l("请填写最多多少。")), validators.NumberRange(1, 100_000)]
    )


def _find(*, limit: int, cursor: str | None, community_id: str | None = None, ended: bool = False) -> Json:
    return client.booking.list_limits(limit=limit, cursor=cursor, community_id=community_id, ended=ended)


def _where(row: Json) -> str:
    return gettext("全区") if row["community_id"] is None else places.community_names().get(row["community_id"], "")


register(
    AdminList(
        area="limits",
        title=_l("预约限额"),
        line=_l("一位居民或一个家庭最多能订多少。订满以后系统会说明原因，窗口人员可以写明理由后超额代订。"),
        columns=(
            Column(
                title=_l("限额"),
                text=lambda row: localized(row["sentence"]),
                href=lambda row: url_for("pages.admin_limit", limit_id=row["id"]),
            ),
            Column(title=_l("社区"), text=_where),
            Column(
                title=_l("状态"),
                text=lambda row: gettext("已停用") if row["ended_at"] else gettext("在用"),
                tone=lambda row: "" if row["ended_at"] else "good",
            ),
        ),
        filters=(
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(
                name="ended",
                title=_l("状态"),
                choices=lambda: [("all", gettext("包括已停用"))],
                read=lambda text: text == "all" or None,
            ),
        ),
        find=_find,
        empty=_l("还没有限额：每位居民想订多少就订多少。"),
        add=("pages.admin_new_limit", _l("新增限额")),
    )
)


@pages.get("/admin/limits/new")
@for_roles("admin")
def admin_new_limit() -> str:
    return _new_page(LimitForm(community=current.community_id()))


@pages.post("/admin/limits/new")
@for_roles("admin")
def admin_add_limit() -> str | tuple[str, int] | Response:
    """Adds the limit, or with the button `preview` says whom it would concern."""
    form = LimitForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _new_page(form), 422
    try:
        if "preview" in request.form:
            return _new_page(form, client.booking.get_limit_preview(**form.said()))
        made = client.booking.add_limit(**form.said())
    except Refused as refused:
        status = _show(form, refused, {"community_id": "community", **dict.fromkeys(PLACES, "place")})
        return _new_page(form), status
    flash(gettext("已新增，从现在起生效。"), "good")
    return redirect_to("pages.admin_limit", limit_id=made["id"])


@pages.get("/admin/limits/<uuid:limit_id>")
@for_roles("admin")
def admin_limit(limit_id: str) -> str:
    known = client.booking.get_limit(limit_id=limit_id)
    return _page(known, AllowedForm(allowed=known["allowed"]))


@pages.post("/admin/limits/<uuid:limit_id>")
@for_roles("admin")
def admin_change_limit(limit_id: str) -> str | tuple[str, int] | Response:
    """Saves at once if nobody has more than the new number. Otherwise it says who has, and saves if asked again."""
    form = AllowedForm(request.form)
    status = 422
    if form.is_valid():
        try:
            if request.form.get("decided") != "yes":
                known = client.booking.get_limit(limit_id=limit_id)
                preview = _over(known, form.allowed.data)
                if preview and preview["people_over"]:
                    return _page(known, form, preview)
            client.booking.change_limit(limit_id=limit_id, allowed=form.allowed.data, expected_version=version_sent())
            flash(gettext("已保存。"), "good")
            return redirect_to("pages.admin_limit", limit_id=limit_id)
        except Refused as refused:
            status = _show(form, refused, {})
    return _page(client.booking.get_limit(limit_id=limit_id), form), status


@pages.post("/admin/limits/<uuid:limit_id>/end")
@for_roles("admin")
def admin_end_limit(limit_id: str) -> Response:
    try:
        client.booking.end_limit(limit_id=limit_id)
        flash(gettext("已停用，不再限制。"), "good")
    except Refused as refused:
        if refused.kind != "conflict":
            raise
        flash(refused.message, "bad")
    return redirect_to("pages.admin_limit", limit_id=limit_id)


def _show(form: PageForm, refusal: Refused | Refusal, names: dict[str, str]) -> int:
    """Show the refusal in the form. Returns the status of the answer. Raises refusals about something else."""
    if refusal.kind not in ("invalid", "conflict", "precondition"):
        raise refusal
    form.add_refusal(refusal, names)
    return STATUS_OF_KIND[refusal.kind]


def _over(known: Json, allowed: int) -> Json | None:
    """Who has more than `allowed`, if that is less than now."""
    if allowed >= known["allowed"]:
        return None
    names = ("community_id", "subject", "kind", "section", "space_id", "measure", "period", "days")
    about = {name: known[name] for name in names if known[name] is not None}
    return client.booking.get_limit_preview(**about, allowed=allowed)


def _new_page(form: LimitForm, preview: Json | None = None) -> str:
    form.set_choices()
    return render_template("admin_limit_new.html", form=form, preview=preview, names=_names_of(preview))


def _names_of(preview: Json | None) -> list[tuple[str, str | None]]:
    """(account id, name) of residents in a preview. Showing them is logged."""
    ids = (preview or {}).get("resident_ids") or []
    found = people.names_of_residents(ids)
    return [(account_id, found.get(account_id)) for account_id in ids]


def _page(known: Json, form: AllowedForm, preview: Json | None = None) -> str:
    """Only admins of the place of the limit may read who changed it, and may change it."""
    changes: list[dict[str, Any]] = []
    if known["can"] or known["ended_at"]:
        try:
            found = client.booking.list_limit_changes(limit_id=known["id"], limit=20)["items"]
            changes = [dict(one) for one in found]
            add_names(changes, actor_id="actor_name")
        except Refused as refused:
            if refused.kind != "forbidden":
                raise
    return render_template(
        "admin_limit.html",
        known=known,
        form=form,
        changes=changes,
        where=_where(known),
        preview=preview,
        names=_names_of(preview),
    )
