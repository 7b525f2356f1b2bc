"""The desk's club events: draft, publish, cancel, and the registrations."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.http.showing import showing
from gateway.web import desk_areas, desk_community, people, session_equipment, times
from gateway.web.blueprint import pages
from gateway.web.forms import (
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
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label, localized
from gateway.web.pages.desk_sessions import CHANGES, PlaceFields, change_and_return
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.spaces import SECTIONS
from services.events.interface.club_events import STATES

DESK = desk_areas.EVENTS
ROOMS = ("organiser", "supervisor", "clerk")  # see what became of the rooms
SAME_DAY_LENGTHS = (30, 60, 90, 120, 150, 180, 240)
WEEKLY = (1, 2, 4, 8, 12)
FIELDS = {"title": "title", "description": "description", "sessions": "starts_at", "location": "location"}


class DraftForm(PlaceFields):
    """A club event: its texts in Chinese, optionally in English, its place, and one session or one per week."""

    club_id = SelectField(_l("主办社团"), validate_choice=False, validators=required(_l("请选择社团。")))
    section = SelectField(_l("所属中心"), choices=options((code, "") for code in SECTIONS))
    title = StringField(
        _l("活动名称"),
        required_text(_l("请填写活动名称。"), 80),
        filters=[strip_spaces],
    )
    title_en = StringField(_l("英文名称"), optional_text(80), filters=[strip_spaces])
    description = TextAreaField(_l("活动介绍"), required_text(_l("请填写活动介绍。"), 4000), filters=[strip_spaces])
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

    def draft(self, spaces: Sequence[Json]) -> dict[str, Any]:
        title = {"zh-CN": self.title.data} | ({"en": self.title_en.data} if self.title_en.data else {})
        first = self.starts_at.data.replace(tzinfo=times.zone())
        starts = [first + timedelta(weeks=week) for week in range(self.weeks.data)]
        length, capacity = timedelta(minutes=self.length.data), self.capacity.data
        return {
            "club_id": self.club_id.data,
            "section": self.section.data,
            "title": title,
            "description": {"zh-CN": self.description.data},
            **self.place(spaces),
            "sessions": [{"starts_at": start, "ends_at": start + length, "capacity": capacity} for start in starts],
        }


@pages.get("/desk/events")
@for_roles(*DESK)
def desk_events() -> str:
    """Coming events of the chosen community, the next one first, or past ones, the latest first. The filters are in the
    address."""
    mine, today = desk_community.choose(), times.midnight(times.today())
    filters, past = _filters(), request.args.get("when") == "past"
    window: dict[str, Any] = {"end": today} if past else {"start": today}
    found = client.events.list_club_events(limit=30, cursor=request.args.get("cursor") or None, **window, **filters)
    if past:
        filters["when"] = "past"
    return render_template("desk_events.html", events=found, filters=filters, mine=mine)


def _filters() -> dict[str, Any]:
    """The filters in the address, without invalid ones."""
    state, q = request.args.get("state", ""), request.args.get("q", "").strip()[:60]
    return ({"state": state} if state in STATES else {}) | ({"q": q} if q else {})


@pages.get("/desk/events/new")
@for_roles("organiser")
def new_club_event() -> str:
    first = times.midnight(times.today() + timedelta(days=7)).replace(hour=9, tzinfo=None)
    return _draft_page(DraftForm(starts_at=first, length=90, capacity=20))


@pages.post("/desk/events/new")
@for_roles("organiser")
@shown_again
def draft_club_event() -> tuple[str, int] | Response:
    form = DraftForm(request.form)
    if form.is_valid() and form.has_place():
        try:
            made = client.events.draft_club_event(**form.draft(_spaces().items))
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
    return _event_page(club_event_id)


def _event_page(club_event_id: str, reason: str = "", problem: str = "") -> str:
    """The event with its registration lists. Names and phone numbers come from the gateway's accounts. Showing them is
    logged. `reason` is what was typed into the form to cancel, `problem` says why it was refused."""
    found = client.events.get_club_event(club_event_id=club_event_id)
    cursor = request.args.get("cursor") or None
    listed = block(client.events.list_registrations, scope="desk", club_event_id=club_event_id, limit=100, cursor=cursor)
    active = [item for item in listed if item["state"] != "cancelled"]
    residents = people.reveal([item["resident_id"] for item in active])
    lists = [(session, [item for item in active if item["session_id"] == session["id"]]) for session in found["sessions"]]
    room_of = _rooms_of(found)
    wants = [one for room in room_of.values() for one in room.get("equipment") or ()]
    # The names of kinds that booking has given are in its answer.
    kinds = (
        session_equipment.kinds_for(found["space_id"])
        if found["state"] == "draft" or not all(one["name"] for one in wants)
        else []
    )
    return render_template(
        "desk_event.html",
        event=found,
        lists=lists,
        listed=listed,
        people=residents,
        reason=reason,
        problem=problem,
        room_of=room_of,
        kind_names=session_equipment.names(kinds, room_of.values()),
        equipment=session_equipment.choices(kinds, wants),
        now=times.now(),
    )


def _rooms_of(club_event: Json) -> dict[str, Json]:
    """What became of the rooms, by session id. Empty for staff of other communities."""
    reader = current.identity()
    if not reader.has_role(*ROOMS) or club_event["community_id"] not in reader.reach:
        return {}
    rooms = block(client.events.get_rooms, club_event_id=club_event["id"])
    return {one["session_id"]: one for one in (rooms.answer or {}).get("sessions", ())}


@pages.post("/desk/events/<uuid:club_event_id>/publish")
@for_roles("organiser")
def publish_club_event(club_event_id: str) -> Response:
    try:
        made = client.events.publish_club_event(club_event_id=club_event_id)
        published = gettext("已发布，居民现在可以报名。")
        flash(published if made["state"] == "published" else gettext("正在确认场地，确认后自动发布。"), "good")
    except Refused as refused:
        if refused.kind not in CHANGES:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.desk_event", club_event_id=club_event_id)


@pages.post("/desk/events/<uuid:club_event_id>/equipment")
@for_roles("organiser")
def equip_club_event(club_event_id: str) -> Response:
    """Every session of the draft needs what was chosen."""
    change = partial(client.events.revise_club_event, club_event_id=club_event_id, **session_equipment.asked())
    return change_and_return(change, club_event_id, gettext("已保存，发布时和场地一起申请。"))


@pages.post("/desk/events/<uuid:club_event_id>/cancel")
@for_roles("organiser")
@shown_again
def cancel_club_event(club_event_id: str) -> tuple[str, int] | Response:
    reason = request.form.get("reason", "").strip()[:500]
    if showing():
        return _event_page(club_event_id, reason), 200
    if not reason:
        return _event_page(club_event_id, problem=gettext("请写明取消的原因，它会显示在活动页面上。")), 422
    try:
        client.events.cancel_club_event(club_event_id=club_event_id, reason=reason)
    except Refused as refused:
        if refused.kind not in CHANGES:
            raise
        return _event_page(club_event_id, reason, text_of(refused)), STATUS_OF_KIND[refused.kind]
    flash(gettext("活动已取消，报名的人会收到通知。"), "good")
    return redirect_to("pages.desk_event", club_event_id=club_event_id)


def _spaces() -> Block:
    """The spaces of the chosen community."""
    return block(whole, client.booking.list_spaces)


def _draft_page(form: DraftForm) -> str:
    form.set_choices(whole(client.events.list_clubs)["items"])
    form.set_spaces(_spaces().items)
    return render_template("desk_event_new.html", form=form)
