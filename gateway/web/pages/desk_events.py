"""The desk's club events: draft, publish, cancel, and the registrations."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.web import people, times
from gateway.web.blueprint import pages
from gateway.web.forms import (
    PageForm,
    optional_text,
    options,
    plausible_day,
    positive_number,
    required,
    required_text,
    strip_spaces,
    text_of,
)
from gateway.web.guards import for_roles, redirect_to
from gateway.web.labels import label, localized
from gateway.web.service_calls import Json, block
from services.booking.interface.spaces import SECTIONS

DESK = ("organiser", "supervisor", "clerk")
SAME_DAY_LENGTHS = (30, 60, 90, 120, 150, 180, 240)
WEEKLY = (1, 2, 4, 8, 12)
FIELDS = {"title": "title", "description": "description", "sessions": "starts_at"}


class DraftForm(PageForm):
    """A club event: its texts in Chinese, optionally in English, and one session or one per week."""

    club_id = SelectField(_l("主办社团"), validate_choice=False, validators=required(_l("请选择社团。")))
    section = SelectField(_l("所属中心"), choices=options((code, "") for code in SECTIONS))
    title = StringField(
        _l("活动名称"),
        required_text(_l("请填写活动名称。"), 80),
        filters=[strip_spaces],
    )
    title_en = StringField(_l("英文名称"), optional_text(80), filters=[strip_spaces])
    description = TextAreaField(_l("活动介绍"), required_text(_l("请填写活动介绍。"), 4000), filters=[strip_spaces])
    location = StringField(_l("地点"), required_text(_l("请填写地点。"), 120), filters=[strip_spaces])
    starts_at = DateTimeLocalField(
        _l("第一场开始"),
        [*required(_l("请填写开始时间。")), plausible_day],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    length = SelectField(_l("每场时长"), coerce=int, choices=options((count, "") for count in SAME_DAY_LENGTHS))
    weeks = SelectField(_l("每周一场，共"), coerce=int, choices=options((count, "") for count in WEEKLY))
    capacity = IntegerField(
        _l("每场名额"),
        [validators.InputRequired(_l("请填写名额。")), positive_number(_l("名额请填 1 以上的整数。"))],
    )

    def set_choices(self, clubs: Sequence[Json]) -> None:
        self.club_id.choices = options((club["id"], localized(club["name"])) for club in clubs)
        self.section.choices = options((code, label(SECTIONS, code)) for code in SECTIONS)
        self.length.choices = options((count, times.minutes(count)) for count in SAME_DAY_LENGTHS)
        self.weeks.choices = options((count, gettext("%(n)s 场", n=count)) for count in WEEKLY)

    def draft(self) -> dict[str, Any]:
        title = {"zh-CN": self.title.data} | ({"en": self.title_en.data} if self.title_en.data else {})
        first = self.starts_at.data.replace(tzinfo=times.zone())
        starts = [first + timedelta(weeks=week) for week in range(self.weeks.data)]
        length, capacity = timedelta(minutes=self.length.data), self.capacity.data
        return {
            "club_id": self.club_id.data,
            "section": self.section.data,
            "title": title,
            "description": {"zh-CN": self.description.data},
            "location": self.location.data,
            "sessions": [{"starts_at": start, "ends_at": start + length, "capacity": capacity} for start in starts],
        }


@pages.get("/desk/events")
@for_roles(*DESK)
def desk_events() -> str:
    found = client.events.list_club_events(
        start=times.midnight(times.today()), limit=30, cursor=request.args.get("cursor") or None
    )
    return render_template("desk_events.html", events=found)


@pages.get("/desk/events/new")
@for_roles("organiser")
def new_club_event() -> str:
    first = times.midnight(times.today() + timedelta(days=7)).replace(hour=9, tzinfo=None)
    return _draft_page(DraftForm(starts_at=first, length=90, capacity=20))


@pages.post("/desk/events/new")
@for_roles("organiser")
def draft_club_event() -> tuple[str, int] | Response:
    form = DraftForm(request.form)
    if form.is_valid():
        try:
            made = client.events.draft_club_event(**form.draft())
            flash(gettext("草稿已保存，看一看没问题再发布。"), "good")
            return redirect_to("pages.desk_event", club_event_id=made["id"])
        except Refused as refused:
            if refused.kind not in {"invalid", "conflict"}:
                raise
            form.add_refusal(refused, FIELDS)
    return _draft_page(form), 422


@pages.get("/desk/events/<uuid:club_event_id>")
@for_roles(*DESK)
def desk_event(club_event_id: str) -> str:
    """The event with its registration lists. Names and phone numbers come from the gateway's accounts. Showing them is
    logged."""
    found = client.events.get_club_event(club_event_id=club_event_id)
    cursor = request.args.get("cursor") or None
    listed = block(client.events.list_registrations, scope="desk", club_event_id=club_event_id, limit=100, cursor=cursor)
    active = [item for item in listed if item["state"] != "cancelled"]
    residents = people.reveal([item["resident_id"] for item in active])
    lists = [(session, [item for item in active if item["session_id"] == session["id"]]) for session in found["sessions"]]
    return render_template("desk_event.html", event=found, lists=lists, listed=listed, people=residents)


@pages.post("/desk/events/<uuid:club_event_id>/publish")
@for_roles("organiser")
def publish_club_event(club_event_id: str) -> Response:
    change = partial(client.events.publish_club_event, club_event_id=club_event_id)
    return _change(change, club_event_id, gettext("已发布，居民现在可以报名。"))


@pages.post("/desk/events/<uuid:club_event_id>/cancel")
@for_roles("organiser")
def cancel_club_event(club_event_id: str) -> Response:
    reason = request.form.get("reason", "").strip()[:500]
    if not reason:
        flash(gettext("请写明取消的原因，它会显示在活动页面上。"), "bad")
        return redirect_to("pages.desk_event", club_event_id=club_event_id)
    change = partial(client.events.cancel_club_event, club_event_id=club_event_id, reason=reason)
    return _change(change, club_event_id, gettext("活动已取消，报名的人会收到通知。"))


def _change(change: Callable[[], Json], club_event_id: str, done: str) -> Response:
    try:
        change()
        flash(done, "good")
    except Refused as refused:
        if refused.kind not in {"conflict", "invalid", "precondition"}:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.desk_event", club_event_id=club_event_id)


def _draft_page(form: DraftForm) -> str:
    form.set_choices(client.events.list_clubs(limit=100)["items"])
    return render_template("desk_event_new.html", form=form)
