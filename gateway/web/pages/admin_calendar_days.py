"""Holidays and worked weekends for admins: a list of a year, and the decision about one day."""

from datetime import date
from typing import Any

from flask import Response, flash, render_template, request, url_for
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, StringField

from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import places, times
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.lists import AdminList, Column, Filter, register
from gateway.web.blueprint import pages
from gateway.web.forms import (
    PageForm,
    grouped_options,
    optional_text,
    options,
    plausible_day,
    required,
    strip_spaces,
    version_sent,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json
from services.booking.interface.single_days import KINDS_OF_DAY

FIELDS = {"community_id": "community", "name": "name_zh"}
YEARS_AHEAD = 2
EVERYWHERE = "*"  # the community of a change for the whole district
MOST_SHOWN = 10  # changes of a day


class CalendarDayForm(PageForm):
    """What a day is, in one community or (without one) in the whole district."""

    community = SelectField(_l("在哪里"), validate_choice=False)
    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    kind = RadioField(_l("这一天"), validators=required(_l("请选择这一天怎么开放。")))
    weekday = SelectField(_l("按星期几开放"), validate_choice=False, description=_l("只用于“上班（调休）”。"))
    name_zh = StringField(_l("名称"), optional_text(60), filters=[strip_spaces], description=_l("例如 元旦。"))
    name_en = StringField(_l("名称（英文）"), optional_text(60), filters=[strip_spaces])

    def set_choices(self) -> None:
        whole_district = [("", gettext("全区"))] if current.identity().reach == DISTRICT else []
        self.community.choices = grouped_options([*places.communities(), ("", whole_district)])
        self.kind.choices = options((code, label(KINDS_OF_DAY, code)) for code in KINDS_OF_DAY)
        locale = get_locale()
        names = locale.days["stand-alone"]["wide"] if locale else {}
        self.weekday.choices = options([("", "–"), *((str(n), names.get(n - 1, str(n))) for n in range(1, 8))])

    def about(self) -> dict[str, Any]:
        """The fields that a preview and a decision have in common."""
        decided = {"day": self.day.data, "kind": self.kind.data, "community_id": self.community.data or None}
        weekday = {"weekday": int(self.weekday.data)} if self.weekday.data in set("1234567") else {}
        return {name: value for name, value in decided.items() if value is not None} | weekday


def _find(*, limit: int, cursor: str | None, community_id: str | None = None, year: int | None = None) -> Json:
    """The list has one page: a year has at most 366 days."""
    return client.booking.list_calendar_days(year=year or times.today().year, **_in(community_id or _usual_community()))


def _usual_community() -> str | None:
    """None, the whole district, for those who administer it. Others: their own community, or the first of theirs."""
    if current.identity().reach == DISTRICT:
        return None
    mine, shown = places.community_names(), current.community_id()
    return shown if shown in mine else next(iter(mine), None)


def _in(community_id: str | None) -> dict[str, str]:
    return {"community_id": community_id} if community_id else {}


def _where(row: Json) -> str:
    found = row["community_id"]
    return gettext("全区") if found is None else places.community_names().get(found, "")


def _weekday(row: Json) -> str:
    locale = get_locale()
    return locale.days["stand-alone"]["wide"][row["weekday"] - 1] if row["weekday"] and locale else ""


def _address(row: Json) -> str:
    """The page of the day in the community that the list is about."""
    about = request.args.get("community_id") or _usual_community()
    return url_for("pages.admin_calendar_day", day=row["day"], community=about)


def _year(text: str) -> int | None:
    return int(text) if text in {code for code, _ in _years()} else None


def _years() -> list[tuple[str, str]]:
    this = times.today().year
    return [(str(year), str(year)) for year in range(this, this + YEARS_AHEAD + 1)]


register(
    AdminList(
        area="calendar_days",
        title=_l("节假日"),
        line=_l(
            "放假和调休上班的日子。国务院还没有公布的年份，先按法律规定的 13 天暂定；公布后随新版本替换，也可以在这里修改。"
        ),
        columns=(
            Column(title=_l("日期"), text=lambda row: times.full_date(date.fromisoformat(row["day"])), href=_address),
            Column(title=_l("这一天"), text=lambda row: label(KINDS_OF_DAY, row["kind"])),
            Column(title=_l("名称"), text=lambda row: localized(row["name"])),
            Column(title=_l("按星期几开放"), text=_weekday),
            Column(title=_l("谁定的"), text=_where),
            Column(
                title=_l("状态"),
                text=lambda row: gettext("暂定") if row["provisional"] else gettext("已定"),
                tone=lambda row: "warn" if row["provisional"] else "good",
            ),
        ),
        filters=(
            Filter(name="community_id", title=_l("社区"), groups=places.communities),
            Filter(name="year", title=_l("年份"), choices=_years, read=_year),
        ),
        find=_find,
        empty=_l("这一年还没有节假日。"),
        add=("pages.admin_calendar_day", _l("设置一天")),
    )
)


@pages.get("/admin/calendar-days/day")
@for_roles("admin")
def admin_calendar_day() -> str:
    community = request.args.get("community", _usual_community() or "")
    day = times.parse_day(request.args.get("day"), times.today()) if "day" in request.args else None
    known = _known(day, community)
    values: dict[str, Any] = {"community": community, "day": day}
    if known:
        named = {"name_zh": known["name"].get("zh-CN"), "name_en": known["name"].get("en")}
        values |= {"kind": known["kind"], "weekday": str(known["weekday"] or "")} | named
    return _page(CalendarDayForm(**values), known)


@pages.post("/admin/calendar-days/day")
@for_roles("admin")
@shown_again
def admin_decide_calendar_day() -> tuple[str, int] | str | Response:
    """Saves at once if every booking to come still fits. Otherwise it shows those that do not, and saves if asked again. The
    button `reset` takes the community's own decision back in the same way."""
    form = CalendarDayForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(form, None), 422
    reset = request.form.get("reset") == "yes"
    about = form.about()
    if reset:
        about = {name: value for name, value in about.items() if name in ("day", "community_id")}
    try:
        if request.form.get("decided") != "yes":
            preview = client.booking.preview_calendar_day(**about)
            if preview["count"]:
                return _page(form, _known(form.day.data, form.community.data), preview, reset=reset)
        if reset:
            client.booking.reset_calendar_day(**about)
        else:
            name = both(form.name_zh.data, form.name_en.data)
            decided: dict[str, Any] = about | ({"name": name} if name else {})
            client.booking.set_calendar_day(**decided, expected_version=_version(form))
    except Refused as refused:
        if refused.kind not in ("invalid", "conflict", "precondition"):
            raise
        form.add_refusal(refused, FIELDS)
        return _page(form, _known(form.day.data, form.community.data)), STATUS_OF_KIND[refused.kind]
    flash(gettext("已撤回，这一天按全区的安排。") if reset else gettext("已保存，居民现在就能看到。"), "good")
    filters = _in(form.community.data) | {"year": str(form.day.data.year)}
    return redirect_to("pages.admin_calendar_days", **filters)


def _version(form: CalendarDayForm) -> int | None:
    """The version of the row that the page showed. None if it showed another day or place, or the row of the whole district."""
    shown = f"{form.day.data} {form.community.data}"
    return version_sent() if request.form.get("version_of") == shown else None


def _known(day: date | None, community_id: str | None) -> Json | None:
    """The day as it is in the community now. None if it is no special one, or if nothing was chosen yet."""
    if day is None:
        return None
    items = client.booking.list_calendar_days(year=day.year, **_in(community_id))["items"]
    return next((row for row in items if row["day"] == day.isoformat()), None)


def _page(form: CalendarDayForm, known: Json | None, preview: Json | None = None, *, reset: bool = False) -> str:
    form.set_choices()
    history: list[Any] = []
    if form.day.data:
        subject = form.day.data.isoformat()
        found = client.booking.list_calendar_changes(kind="calendar_day", subject_id=subject, limit=100)["items"]
        history = [dict(entry) for entry in found if entry["community_id"] == (form.community.data or EVERYWHERE)][:MOST_SHOWN]
        add_names(history, actor_id="actor_name")
    return render_template(
        "admin_calendar_day.html",
        form=form,
        known=known,
        own=bool(known and known["community_id"] == (form.community.data or None)),
        preview=preview,
        reset=reset,
        history=[{"actor_name": None, "actor_party": "staff", **entry} for entry in history],
        where=places.community_names(),
    )
