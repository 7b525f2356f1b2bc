"""The desk's sessions of club events: move one or give it other equipment, take an alternative for a room that was refused,
call one off, correct the texts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField

from chassis.rpc.refusal import NotFound, Refused
from gateway.calls import calls, client
from gateway.calls.whole_lists import whole
from gateway.http import community
from gateway.web import session_equipment, times
from gateway.web.blueprint import pages
from gateway.web.forms import (
    PageForm,
    is_id,
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
from gateway.web.service_calls import Block, Json, block
from services.booking.interface.spaces import SECTIONS
from services.events.interface.club_events import PUBLISH_CLUB_EVENT

LENGTHS = (30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480)
FIELDS = {"starts_at": "starts_at", "ends_at": "length", "location": "location", "space_id": "space_id"}
CHANGES = {"conflict", "invalid", "precondition"}


class PlaceFields(PageForm):
    """A space of the community, or the name of another place."""

    space_id = SelectField(_l("场地"), validate_choice=False)
    location = StringField(_l("其他地点"), optional_text(120), filters=[strip_spaces])

    def set_spaces(self, spaces: Sequence[Json]) -> None:
        names = [(space["id"], localized(space["name"])) for space in spaces]
        self.space_id.choices = options([("", gettext("不占用预约场地，填写地点")), *names])

    def has_place(self) -> bool:
        """Whether a place is given. Otherwise the field gets an error."""
        if not self.space_id.data and not self.location.data:
            self.add_error("location", gettext("请选择场地，或填写地点。"))
            return False
        return True

    def place(self, spaces: Sequence[Json]) -> dict[str, Any]:
        """The fields `location` and `space_id` of a request."""
        chosen = next((space for space in spaces if space["id"] == self.space_id.data), None)
        if chosen is None:
            return {"location": self.location.data}
        return {"space_id": chosen["id"], "location": self.location.data or chosen["name"]["zh-CN"]}


class MoveForm(PlaceFields):
    starts_at = DateTimeLocalField(
        _l("新的开始时间"),
        [*required(_l("请填写开始时间。")), plausible_day],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    length = SelectField(_l("时长"), coerce=int, validate_choice=False)

    def set_lengths(self, now: int) -> None:
        self.length.choices = options((count, times.minutes(count)) for count in sorted({*LENGTHS, now}))


class TextsForm(PageForm):
    """The texts of a club event, which can be corrected at any time."""

    title = StringField(_l("活动名称"), required_text(_l("请填写活动名称。"), 80), filters=[strip_spaces])
    title_en = StringField(_l("英文名称"), optional_text(80), filters=[strip_spaces])
    description = TextAreaField(_l("活动介绍"), required_text(_l("请填写活动介绍。"), 4000), filters=[strip_spaces])
    description_en = TextAreaField(_l("英文介绍"), optional_text(4000), filters=[strip_spaces])
    section = SelectField(_l("所属中心"), choices=options((code, "") for code in SECTIONS))

    def set_choices(self) -> None:
        self.section.choices = options((code, label(SECTIONS, code)) for code in SECTIONS)

    def texts(self) -> dict[str, Any]:
        return {
            name: {"zh-CN": zh.data} | ({"en": en.data} if en.data else {})
            for name, zh, en in (("title", self.title, self.title_en), ("description", self.description, self.description_en))
        } | {"section": self.section.data}


def spaces_of(club_event: Json) -> Block:
    """The spaces of the club event's community, whatever community the reader has chosen."""
    community.show_of(club_event["community_id"])
    return block(whole, client.booking.list_spaces)


@pages.get("/desk/events/<uuid:club_event_id>/edit")
@for_roles("organiser")
def edit_club_event(club_event_id: str) -> str:
    found = client.events.get_club_event(club_event_id=club_event_id)
    form = TextsForm(
        title=found["title"].get("zh-CN"),
        title_en=found["title"].get("en"),
        description=found["description"].get("zh-CN"),
        description_en=found["description"].get("en"),
        section=found["section"],
    )
    return _texts_page(found, form)


@pages.post("/desk/events/<uuid:club_event_id>/edit")
@for_roles("organiser")
@shown_again
def send_club_event_texts(club_event_id: str) -> tuple[str, int] | Response:
    form = TextsForm(request.form)
    if form.is_valid():
        try:
            client.events.revise_club_event(club_event_id=club_event_id, expected_version=version_sent(), **form.texts())
            flash(gettext("已保存。"), "good")
            return redirect_to("pages.desk_event", club_event_id=club_event_id)
        except Refused as refused:
            if refused.kind not in CHANGES:
                raise
            form.add_refusal(refused)
    return _texts_page(client.events.get_club_event(club_event_id=club_event_id), form), 422


def _texts_page(found: Json, form: TextsForm) -> str:
    form.set_choices()
    return render_template("desk_event_texts.html", event=found, form=form)


@pages.get("/desk/events/<uuid:club_event_id>/sessions/<uuid:session_id>/move")
@for_roles("organiser")
def move_session(club_event_id: str, session_id: str) -> str:
    found, session = _session(club_event_id, session_id)
    start, spaces = times.local(session["starts_at"]), spaces_of(found)
    names = {name for space in spaces if space["id"] == session["space_id"] for name in space["name"].values()}
    form = MoveForm(
        starts_at=start.replace(tzinfo=None),
        length=_length(session),
        space_id=session["space_id"] or "",
        # Empty if it is the name of the space, so that another space brings its own name.
        location=None if session["location"] in names else session["location"],
    )
    return _move_page(found, session, form, spaces)


@pages.post("/desk/events/<uuid:club_event_id>/sessions/<uuid:session_id>/move")
@for_roles("organiser")
@shown_again
def send_session_move(club_event_id: str, session_id: str) -> tuple[str, int] | Response:
    found, session = _session(club_event_id, session_id)
    form = MoveForm(request.form)
    form.set_lengths(_length(session))
    spaces = spaces_of(found)
    if form.is_valid() and form.has_place():
        starts_at = form.starts_at.data.replace(tzinfo=times.zone())
        place = form.place(spaces.items)
        try:
            moved = client.events.move_session(
                session_id=session_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=form.length.data),
                expected_version=version_sent(),
                **place,
                **session_equipment.asked(),
            )
            flash(_moved_text(moved, place), "good")
            return redirect_to("pages.desk_event", club_event_id=club_event_id)
        except Refused as refused:
            if refused.kind not in CHANGES:
                raise
            form.add_refusal(refused, FIELDS)
    return _move_page(found, session, form, spaces), 422


@pages.post("/desk/events/<uuid:club_event_id>/sessions/<uuid:session_id>/alternative")
@for_roles("organiser")
def take_alternative(club_event_id: str, session_id: str) -> Response:
    """Move a session to an alternative that booking has offered. A draft is then published."""
    _, session = _session(club_event_id, session_id)
    wanted = {name: request.form.get(name, "") for name in ("starts_at", "ends_at", "space_id")}
    try:
        starts_at, ends_at = times.local(wanted["starts_at"]), times.local(wanted["ends_at"])
    except ValueError:
        return redirect_to("pages.desk_event", club_event_id=club_event_id)
    location = request.form.get("location", "").strip()[:120] or session["location"]
    space_id = wanted["space_id"] if is_id(wanted["space_id"]) else None

    def take() -> Json:
        moved = client.events.move_session(
            session_id=session_id, starts_at=starts_at, ends_at=ends_at, location=location, space_id=space_id
        )
        if moved["state"] != "draft":
            return moved
        return calls.call(PUBLISH_CLUB_EVENT, {"club_event_id": club_event_id}, part="publish")

    return change_and_return(take, club_event_id, gettext("已申请这个时间和场地，场地确认后生效。"))


@pages.post("/desk/events/<uuid:club_event_id>/sessions/<uuid:session_id>/cancel")
@for_roles("organiser")
def cancel_session(club_event_id: str, session_id: str) -> Response:
    if not (reason := request.form.get("reason", "").strip()[:500]):
        flash(gettext("请写明取消的原因，它会显示在活动页面上。"), "bad")
        return redirect_to("pages.desk_event", club_event_id=club_event_id)
    change = partial(client.events.cancel_session, session_id=session_id, reason=reason)
    return change_and_return(change, club_event_id, gettext("这一场已取消，报名的人会收到通知。"))


def change_and_return(change: Callable[[], Json], club_event_id: str, done: str) -> Response:
    """Make the change and show the club event, with what was done or why not."""
    try:
        change()
        flash(done, "good")
    except Refused as refused:
        if refused.kind not in CHANGES:
            raise
        flash(text_of(refused), "bad")
    return redirect_to("pages.desk_event", club_event_id=club_event_id)


def _session(club_event_id: str, session_id: str) -> tuple[Json, Json]:
    """The club event and its session. Raises NotFound."""
    found = client.events.get_club_event(club_event_id=club_event_id)
    session = next((session for session in found["sessions"] if session["id"] == str(session_id)), None)
    if session is None:
        raise NotFound(session_id=str(session_id))
    return found, session


def _length(session: Json) -> int:
    return int((times.local(session["ends_at"]) - times.local(session["starts_at"])).total_seconds() // 60)


def _moved_text(club_event: Json, place: Json) -> str:
    if club_event["state"] == "draft":
        return gettext("草稿已更改。")
    if "space_id" not in place:
        return gettext("已改期，报名的人会收到通知。")
    return gettext("已申请，场地确认后生效，报名的人那时会收到通知。")


def _move_page(found: Json, session: Json, form: MoveForm, spaces: Block) -> str:
    form.set_spaces(spaces.items)
    form.set_lengths(_length(session))
    start, end = times.local(session["starts_at"]), times.local(session["ends_at"])
    kinds = session_equipment.kinds_for(session["space_id"], start=start, end=end)
    rooms = block(client.events.get_rooms, club_event_id=found["id"]).answer or {} if kinds else {}
    wants = next((one.get("equipment") or () for one in rooms.get("sessions", ()) if one["session_id"] == session["id"]), ())
    equipment = session_equipment.choices(kinds, wants)
    return render_template(
        "desk_session_move.html", event=found, session=session, form=form, spaces=spaces, equipment=equipment
    )
