"""Lotteries for admins: make one, try its draw, close entries early, draw, cancel, and see who wins how often."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, StringField, TimeField, validators

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import community, current
from gateway.web import desk_community, places, times
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import (
    Checkboxes,
    PageForm,
    at_least_one,
    optional_text,
    options,
    plausible_day,
    required,
    required_text,
    strip_spaces,
    text_of,
    version_sent,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.pages.lotteries import TONES, by_day
from gateway.web.service_calls import Json, block
from services.booking.interface.lotteries import CANCELLED_BECAUSE, MOST_WINS, STATES

LENGTHS = (30, 45, 60, 90, 120, 180, 240)  # minutes
FIELDS = {
    "title": "title_zh",
    "space_ids": "spaces",
    "from": "first_clock",
    "to": "last_clock",
    "opens_at": "opens_day",
    "closes_at": "closes_day",
    "draws_at": "draws_day",
}
_MOMENTS = ("opens", "closes", "draws")


class LotteryForm(PageForm):
    title_zh = StringField(_l("名称"), required_text(_l("请填写名称。"), 60), filters=[strip_spaces])
    title_en = StringField(_l("英文名称"), optional_text(60), filters=[strip_spaces])
    spaces = Checkboxes(_l("哪些场地"), at_least_one(_l("请至少选一个场地。")))
    first_day = DateField(_l("第一天"), [*required(_l("请选择日期。")), plausible_day])
    last_day = DateField(_l("最后一天"), [*required(_l("请选择日期。")), plausible_day])
    weekdays = Checkboxes(_l("星期几"), at_least_one(_l("请至少选一天。")))
    first_clock = TimeField(_l("几点开始"), required(_l("请填写时间。")))
    last_clock = TimeField(_l("几点结束"), required(_l("请填写时间。")))
    minutes = SelectField(_l("每段多久"), coerce=int)
    opens_day = DateField(_l("开始报名"), [*required(_l("请选择日期。")), plausible_day])
    opens_time = TimeField(_l("时间"), required(_l("请填写时间。")))
    closes_day = DateField(_l("结束报名"), [*required(_l("请选择日期。")), plausible_day])
    closes_time = TimeField(_l("时间"), required(_l("请填写时间。")))
    draws_day = DateField(_l("最晚抽签"), [*required(_l("请选择日期。")), plausible_day])
    draws_time = TimeField(_l("时间"), required(_l("请填写时间。")))
    most_wins = IntegerField(
        _l("每户最多得到几个时段"), [*required(_l("请填写。")), validators.NumberRange(1, MOST_WINS)], default=1
    )

    def set_choices(self) -> None:
        found = whole(client.booking.list_managed_spaces, community_id=current.community_id(), state="active")
        fitting = [space for space in found["items"] if not space["needs_approval"]]
        self.spaces.choices = options((space["id"], localized(space["name"])) for space in fitting)
        monday = date(2024, 1, 1)
        self.weekdays.choices = options((str(n), times.weekday(monday + timedelta(days=n - 1))) for n in range(1, 8))
        self.minutes.choices = options((count, times.minutes(count)) for count in LENGTHS)

    def has_times(self) -> bool:
        """Whether the three moments exist on their days."""
        for which in _MOMENTS:
            if not times.exists(self._moment(which)):
                self.add_error(f"{which}_time", gettext("那一天的钟表拨快，没有这个时间。"))
        return not self.errors

    def plan(self) -> dict[str, Any]:
        """The fields of booking.make_lottery. A last clock of 00:00 is the end of the day."""
        last: time = self.last_clock.data
        return {
            "community_id": current.community_id(),
            "title": both(self.title_zh.data, self.title_en.data),
            "space_ids": self.spaces.data,
            "first_day": self.first_day.data,
            "last_day": self.last_day.data,
            "weekdays": [int(day) for day in self.weekdays.data or ()],
            "first_clock": f"{self.first_clock.data:%H:%M}",
            "last_clock": f"{last:%H:%M}" if last != time() else "24:00",
            "minutes": self.minutes.data,
            "most_wins": self.most_wins.data,
            **{f"{which}_at": self._moment(which) for which in _MOMENTS},
        }

    def _moment(self, which: str) -> datetime:
        day: date = self._fields[f"{which}_day"].data
        clock: time = self._fields[f"{which}_time"].data
        return times.at(day, clock)


class CancelForm(PageForm):
    because = SelectField(_l("原因"), description=_l("会写进给报名居民的通知。"))
    note = StringField(_l("说明"), optional_text(200), filters=[strip_spaces], description=_l("显示在抽签页面上。"))

    def set_choices(self) -> None:
        self.because.choices = options((code, label(CANCELLED_BECAUSE, code)) for code in CANCELLED_BECAUSE)


def _find(*, state: str | None = None, **query: Any) -> Json:
    return client.booking.list_lotteries(over=state == "over", **query)


register(
    AdminList(
        area="lotteries",
        title=_l("抽签"),
        line=_l("最抢手的时段不先到先得，由可以核对的抽签决定。"),
        columns=(
            Column(
                title=_l("名称"),
                text=lambda row: localized(row["title"]),
                href=lambda row: url_for("pages.admin_lottery", lottery_id=row["id"]),
            ),
            Column(title=_l("时段"), text=lambda row: str(row["number_of_times"])),
            Column(title=_l("报名户数"), text=lambda row: str(row["entered"])),
            Column(title=_l("结束报名"), text=lambda row: times.moment(row["closes_at"])),
            Column(
                title=_l("状态"), text=lambda row: label(STATES, row["state"]), tone=lambda row: TONES.get(row["state"], "")
            ),
        ),
        filters=(
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(
                name="state",
                title=_l("状态"),
                choices=lambda: [("current", gettext("未结束")), ("over", gettext("已结束"))],
            ),
        ),
        find=_find,
        empty=_l("没有符合条件的抽签。"),
        add=("pages.admin_new_lottery", _l("新增抽签")),
    )
)


@pages.get("/admin/lotteries/new")
@for_roles("admin")
def admin_new_lottery() -> str:
    mine = desk_community.choose()
    today = times.today()
    month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    form = LotteryForm(
        first_day=month,
        last_day=(month + timedelta(days=32)).replace(day=1) - timedelta(days=1),
        weekdays=["6", "7"],
        first_clock=time(18),
        last_clock=time(21),
        minutes=60,
        opens_day=today,
        opens_time=times.now().time().replace(second=0, microsecond=0),
        closes_day=today + timedelta(days=7),
        closes_time=time(12),
        draws_day=today + timedelta(days=8),
        draws_time=time(12),
    )
    return _form_page(form, mine)


@pages.post("/admin/lotteries/new")
@for_roles("admin")
@shown_again
def admin_make_lottery() -> tuple[str, int] | Response:
    mine = desk_community.choose()
    form = LotteryForm(request.form)
    form.set_choices()
    if not form.is_valid() or not form.has_times():
        return _form_page(form, mine), 422
    try:
        made = client.booking.make_lottery(**form.plan())
    except Refused as refused:
        if refused.kind != "invalid":
            raise
        form.add_refusal(refused, FIELDS)
        return _form_page(form, mine), 422
    flash(gettext("已新增抽签。这些时段从现在起不能直接预约。"), "good")
    return redirect_to("pages.admin_lottery", lottery_id=made["id"])


@pages.get("/admin/lotteries/<uuid:lottery_id>")
@for_roles("admin")
def admin_lottery(lottery_id: str) -> str:
    return _page(lottery_id)


@pages.post("/admin/lotteries/<uuid:lottery_id>/preview")
@for_roles("admin")
def admin_preview_lottery(lottery_id: str) -> str | Response:
    """As often as the admin likes: it keeps nothing, and says nothing about the real draw."""
    try:
        return _page(lottery_id, trial=client.booking.preview_lottery(lottery_id=lottery_id))
    except Refused as refused:
        return _back(lottery_id, refused)


@pages.post("/admin/lotteries/<uuid:lottery_id>/close")
@for_roles("admin")
def admin_close_lottery(lottery_id: str) -> Response:
    return _change(lottery_id, client.booking.close_lottery, gettext("报名已结束，全部志愿已公布。"))


@pages.post("/admin/lotteries/<uuid:lottery_id>/draw")
@for_roles("admin")
def admin_draw_lottery(lottery_id: str) -> Response:
    return _change(lottery_id, client.booking.draw_lottery, gettext("已抽签。每户都会收到通知，没人要的时段已开放预约。"))


@pages.post("/admin/lotteries/<uuid:lottery_id>/cancel")
@for_roles("admin")
def admin_cancel_lottery(lottery_id: str) -> str | tuple[str, int] | Response:
    form = CancelForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(lottery_id, form), 422
    about = {"because": form.because.data, "note": form.note.data or None}
    return _change(lottery_id, client.booking.cancel_lottery, gettext("已取消抽签，报名的居民会收到通知。"), **about)


def _change(lottery_id: str, verb: Callable[..., Any], said: str, **about: Any) -> Response:
    try:
        verb(lottery_id=lottery_id, expected_version=version_sent(), **about)
    except (Refused, Refusal) as refusal:
        return _back(lottery_id, refusal)
    flash(said, "good")
    return redirect_to("pages.admin_lottery", lottery_id=lottery_id)


def _back(lottery_id: str, refusal: Refused | Refusal) -> Response:
    if refusal.kind not in {"conflict", "precondition"}:
        raise refusal
    flash(text_of(refusal), "bad")
    return redirect_to("pages.admin_lottery", lottery_id=lottery_id)


def _page(lottery_id: str, form: CancelForm | None = None, trial: Json | None = None) -> str:
    known = client.booking.get_lottery(lottery_id=lottery_id)
    community.show_of(known["community_id"])
    form = form or CancelForm()
    form.set_choices()
    return render_template(
        "admin_lottery.html",
        lottery=known,
        days=by_day(known["times"]),
        names={one["number"]: one for one in known["times"]},
        trial=trial,
        form=form,
        quarters=block(client.booking.see_lottery_quarters, community_id=known["community_id"]),
        tone=TONES.get(known["state"], ""),
    )


def _form_page(form: LotteryForm, mine: Any) -> str:
    form.set_choices()
    return render_template("admin_lottery_new.html", form=form, mine=mine)
