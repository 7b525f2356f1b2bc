"""Other weekly hours of a space from one day to another, saved after a look at the bookings that no longer fit."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, StringField

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.hours_text import spans_of, text_of_spans
from gateway.web.admin.space_forms import WEEKDAYS, hours_field
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, filled_text, optional_text, plausible_day, required, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json


class SeasonForm(PageForm):
    """A season. `hours_1` to `hours_7` are Monday to Sunday."""

    name_zh = StringField(
        _l("名称"), filled_text(_l("请填写名称。"), 60), filters=[strip_spaces], description=_l("例如：暑期延时。")
    )
    name_en = StringField(_l("名称（英文）"), optional_text(60), filters=[strip_spaces])
    first_day = DateField(_l("开始日期"), [*required(_l("请选择日期。")), plausible_day])
    last_day = DateField(_l("结束日期"), [*required(_l("请选择日期。")), plausible_day])
    hours_1 = hours_field("")
    hours_2 = hours_field("")
    hours_3 = hours_field("")
    hours_4 = hours_field("")
    hours_5 = hours_field("")
    hours_6 = hours_field("")
    hours_7 = hours_field("")

    def hours_fields(self) -> list[Field]:
        """With the names of the weekdays."""
        locale, found = get_locale(), [self._fields[f"hours_{weekday}"] for weekday in WEEKDAYS]
        for weekday, one in enumerate(found):
            one.label.text = locale.days["stand-alone"]["wide"][weekday] if locale else ""
        return found

    def season(self) -> dict[str, Any]:
        """One of the `seasons` of a space. The form must be valid."""
        hours = [
            {"weekday": weekday, **span}
            for weekday, one in zip(WEEKDAYS, self.hours_fields(), strict=True)
            for span in spans_of(one.data)
        ]
        days = {"first_day": self.first_day.data.isoformat(), "last_day": self.last_day.data.isoformat()}
        return {"name": both(self.name_zh.data, self.name_en.data), **days, "opening_hours": hours}


def _values_of(season: Json) -> dict[str, Any]:
    return {
        "name_zh": season["name"].get("zh-CN", ""),
        "name_en": season["name"].get("en", ""),
        "first_day": date.fromisoformat(season["first_day"]),
        "last_day": date.fromisoformat(season["last_day"]),
    } | _hours_of(season["opening_hours"])


def _hours_of(hours: Sequence[Json]) -> dict[str, str]:
    """The texts of the seven fields."""
    ordered = sorted(hours, key=lambda one: str(one["opens"]))
    return {f"hours_{weekday}": text_of_spans([one for one in ordered if one["weekday"] == weekday]) for weekday in WEEKDAYS}


@pages.get("/admin/spaces/<uuid:space_id>/seasons")
@for_roles("admin")
def admin_seasons(space_id: str) -> str:
    """The seasons, and a form for the one that begins on `season`, or for a new one with the usual hours."""
    space = client.booking.get_managed_space(space_id=space_id)
    chosen = _starting(space, request.args.get("season", ""))
    return _page(space, SeasonForm(**(_values_of(chosen) if chosen else _hours_of(space["opening_hours"]))), chosen)


@pages.post("/admin/spaces/<uuid:space_id>/seasons")
@for_roles("admin")
@shown_again
def admin_save_season(space_id: str) -> tuple[str, int] | str | Response:
    """Saves at once if every booking to come still fits. Otherwise it shows those that do not, and saves if asked again. The
    season that began on `season` is replaced, or removed with the button `remove`."""
    space = client.booking.get_managed_space(space_id=space_id)
    form, remove = SeasonForm(request.form), request.form.get("remove") == "yes"
    chosen = _starting(space, request.form.get("season", ""))
    if not remove and not form.is_valid():
        return _page(space, form, chosen), 422
    kept = [dict(one) for one in space["seasons"] if one is not chosen]
    seasons: list[dict[str, Any]] = kept if remove else [*kept, form.season()]
    try:
        if request.form.get("decided") != "yes":
            preview = client.booking.preview_space(space_id=space_id, seasons=seasons)
            if preview["count"]:
                return _page(space, form, chosen, preview, remove=remove)
        client.booking.change_space(space_id=space_id, seasons=seasons, expected_version=version_sent())
    except Refused as refused:
        if refused.kind not in ("invalid", "conflict", "precondition"):
            raise
        form.add_refusal(refused)
        return _page(client.booking.get_managed_space(space_id=space_id), form, chosen), STATUS_OF_KIND[refused.kind]
    flash(gettext("已删除这个季节时间。") if remove else gettext("已保存，居民现在就能看到。"), "good")
    return redirect_to("pages.admin_seasons", space_id=space_id)


def _starting(space: Json, day: str) -> Json | None:
    return next((one for one in space["seasons"] if one["first_day"] == day), None)


def _page(space: Json, form: SeasonForm, chosen: Json | None, preview: Json | None = None, *, remove: bool = False) -> str:
    community.show_of(space["community_id"])
    return render_template(
        "admin_seasons.html", space=space, form=form, chosen=chosen, preview=preview, remove=remove, hours_of=_lines_of
    )


def _lines_of(season: Json) -> str:
    """The hours of a season in one line, by weekday: 周一 08:00-12:00；周二 …"""
    locale, texts = get_locale(), _hours_of(season["opening_hours"])
    names = locale.days["stand-alone"]["abbreviated"] if locale else {}
    lines = [
        f"{names.get(weekday - 1, weekday)} {texts[f'hours_{weekday}']}" for weekday in WEEKDAYS if texts[f"hours_{weekday}"]
    ]
    return gettext("；").join(lines) or gettext("不开放")
