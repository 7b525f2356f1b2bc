"""Other hours of a space on single days, for admins."""

from datetime import date
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations.people import add_names
from gateway.web import times
from gateway.web.admin.forms_of_places import both
from gateway.web.admin.hours_text import spans_of, text_of_spans
from gateway.web.admin.space_forms import hours_field
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, plausible_day, required, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json

FIELDS = {"note": "note_zh"}
MOST_SHOWN = 60  # days to come on the page


class DayHoursForm(PageForm):
    day = DateField(_l("日期"), [*required(_l("请选择日期。")), plausible_day])
    hours = hours_field(_l("这一天的开放时间"), description=_l("例如 9:00-12:00, 14:00-17:00。不填：这一天不开放。"))
    note_zh = StringField(_l("说明"), optional_text(200), filters=[strip_spaces], description=_l("为什么；只有管理员看到。"))
    note_en = StringField(_l("说明（英文）"), optional_text(200), filters=[strip_spaces])


@pages.get("/admin/spaces/<uuid:space_id>/days")
@for_roles("admin")
def admin_day_hours(space_id: str) -> str:
    day = times.parse_day(request.args.get("day"), times.today()) if "day" in request.args else None
    days = _days(space_id)
    known = _of(days, day)
    values: dict[str, Any] = {"day": day}
    if known:
        note = known["note"] or {}
        values |= {"hours": text_of_spans(known["hours"]), "note_zh": note.get("zh-CN"), "note_en": note.get("en")}
    return _page(space_id, DayHoursForm(**values), days)


@pages.post("/admin/spaces/<uuid:space_id>/days")
@for_roles("admin")
@shown_again
def admin_set_day_hours(space_id: str) -> tuple[str, int] | str | Response:
    """Saves at once if every booking to come still fits. Otherwise it shows those that do not, and saves if asked again. The
    button `remove` takes the hours away in the same way."""
    form = DayHoursForm(request.form)
    if not form.is_valid():
        return _page(space_id, form, _days(space_id)), 422
    remove = request.form.get("remove") == "yes"
    about: dict[str, Any] = {"space_id": space_id, "day": form.day.data}
    hours: dict[str, Any] = {} if remove else {"hours": spans_of(form.hours.data)}
    try:
        if request.form.get("decided") != "yes":
            preview = client.booking.preview_day_hours(**about, **hours)
            if preview["count"]:
                return _page(space_id, form, _days(space_id), preview, remove=remove)
        if remove:
            client.booking.remove_day_hours(**about)
        else:
            shown = request.form.get("version_of") == str(form.day.data)
            version = version_sent() if shown else None
            note = both(form.note_zh.data, form.note_en.data)
            client.booking.set_day_hours(**about, **hours, note=note, expected_version=version)
    except Refused as refused:
        if refused.kind not in ("invalid", "conflict", "precondition"):
            raise
        form.add_refusal(refused, FIELDS)
        return _page(space_id, form, _days(space_id)), STATUS_OF_KIND[refused.kind]
    flash(gettext("已取消，这一天恢复平常的时间。") if remove else gettext("已保存，居民现在就能看到。"), "good")
    return redirect_to("pages.admin_day_hours", space_id=space_id)


def _days(space_id: str) -> Json:
    return client.booking.list_day_hours(space_id=space_id, limit=MOST_SHOWN, cursor=request.args.get("cursor") or None)


def _of(days: Json, day: date | None) -> Json | None:
    return next((row for row in days["items"] if day is not None and row["day"] == day.isoformat()), None)


def _page(space_id: str, form: DayHoursForm, days: Json, preview: Json | None = None, *, remove: bool = False) -> str:
    space = client.booking.get_managed_space(space_id=space_id)
    community.show_of(space["community_id"])
    found = client.booking.list_calendar_changes(kind="day_hours", subject_id=str(space_id), limit=10)["items"]
    history: list[Any] = [dict(entry) for entry in found]
    add_names(history, actor_id="actor_name")
    return render_template(
        "admin_day_hours.html",
        space=space,
        form=form,
        days=[(row, date.fromisoformat(row["day"]), text_of_spans(row["hours"])) for row in days["items"]],
        more=days["next_cursor"],
        known=_of(days, form.day.data),
        preview=preview,
        remove=remove,
        history=[{"actor_name": None, "actor_party": "staff", **entry} for entry in history],
    )
