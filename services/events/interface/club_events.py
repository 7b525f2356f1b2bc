"""Club events and their sessions. Everybody sees those that were published."""

from datetime import timedelta
from typing import Any

from marshmallow import fields, post_load, validates_schema

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Command,
    Count,
    Expecting,
    FieldError,
    Id,
    ListOf,
    Moment,
    OneOf,
    Paged,
    Part,
    Query,
    Request,
    Rule,
    Text,
    Versioned,
    Words,
    check_order,
    demo_example,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound, Unauthenticated
from services.events.interface.clubs import SECTIONS
from services.events.interface.refusals import (
    AlreadyCancelled,
    AlreadyOver,
    CapacityTooLow,
    EquipmentWithoutRoom,
    LastSession,
    NotDraft,
    NotPublished,
    RegistrationClosed,
    RoomsPending,
    SessionInPast,
    SessionNotMovable,
)

AUDIENCES = Words(
    {
        "everyone": ("所有居民", "Everyone"),
        "elders": ("老年人", "Elders"),
        "children": ("儿童", "Children"),
        "families": ("家庭", "Families"),
        "women": ("妇女", "Women"),
        "volunteers": ("志愿者", "Volunteers"),
    }
)
STATES = Words(
    {
        "draft": ("草稿", "Draft"),
        "awaiting_room": ("等待场地", "Waiting for its room"),
        "published": ("已发布", "Published"),
        "cancelled": ("已取消", "Cancelled"),
    }
)
MAX_SESSIONS = 60  # of a club event
MAX_CAPACITY = 10_000  # seats of a session
MOST_KINDS = 10  # of equipment, of a session
MOST_QUANTITY = 10_000
MAX_DURATION = timedelta(hours=24)  # of a session
SESSION_TOO_LONG = Rule("session_too_long", "A session lasts {hours} hours at most.", "每场最长 {hours} 小时。")
CLOSES_TOO_LATE = Rule("closes_too_late", "This must not be after starts_at.", "不能晚于 starts_at。")
PLACE_WITHOUT_NAME = Rule("place_without_name", "Say what the place is called.", "请填写地点名称。")
OPENS_TOO_LATE = Rule("opens_too_late", "This must be before registration closes.", "须早于报名截止时间。")


class Session(Answer):
    id = identifier()
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    capacity = number(24)
    taken = number(20, description="confirmed seats")
    seats_left = number(4, description="seats that a new registration can get now; 0 while somebody waits")
    waiting = number(0, description="registrations on the waiting list")
    registration_opens_at = moment(maybe=True)
    registration_closes_at = moment(maybe=True)
    location = text("乒乓球室", attribute="place.location", description="that of the club event, or its own after a move")
    space_id = identifier(maybe=True, attribute="place.space_id")
    cancelled_at = moment(maybe=True)
    cancel_reason = text("教师请假", maybe=True)


class ClubEvent(Versioned):
    club_id = identifier()
    club_name = names("乒乓球社", "Table tennis club", attribute="club.name")
    section = word(SECTIONS)
    title = names("乒乓球趣味赛", "Table tennis fun day")
    description = names("老少皆宜。", "For young and old.")
    location = text("乒乓球室")
    space_id = identifier(maybe=True)
    audience = word(AUDIENCES)
    state = word(STATES)
    organiser_id = identifier(maybe=True)
    published_at = moment(maybe=True)
    cancelled_at = moment(maybe=True)
    cancel_reason = text("场地检修", maybe=True)
    sessions = fields.List(fields.Nested(Session), required=True)


class ListClubEvents(Paged):
    scope = OneOf(
        "public", "desk", load_default="public", description="desk: those of all communities in which you work, for staff"
    )
    section = OneOf(*SECTIONS)
    community_id = Code(example=None, description="those of this community")
    club_id = Id()
    state = OneOf(*STATES, example="published", description="visitors see published ones only")
    start = Moment(data_key="from")
    end = Moment(data_key="to", example="2026-03-09T00:00:00+08:00")
    q = Text(most=100, example="乒乓球")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})


class OneClubEvent(Request):
    club_event_id = Id(required=True)


class NeededEquipment(Part):
    kind_id = Id(required=True, example=demo_example("equipment", "folding-chairs"))
    quantity = Count(required=True, least=1, most=MOST_QUANTITY, example=20)


def equipment_field(description: str) -> ListOf:
    return ListOf(fields.Nested(NeededEquipment), most=MOST_KINDS, description=description, example=[])


class NewSession(Part):
    """By default, registration opens at once and closes at the start."""

    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T11:00:00+08:00")
    capacity = Count(required=True, least=1, most=MAX_CAPACITY, example=24)
    registration_opens_at = Moment(example="2026-02-20T09:00:00+08:00")
    registration_closes_at = Moment(example="2026-03-01T18:00:00+08:00")
    equipment = equipment_field("what it needs of the community's equipment, each kind once; it needs a bookable space")

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        opens, closes = data.get("registration_opens_at"), data.get("registration_closes_at")
        check_order(data, "starts_at", "ends_at")
        if data["ends_at"] - data["starts_at"] > MAX_DURATION:
            raise FieldError(SESSION_TOO_LONG, "ends_at", hours=int(MAX_DURATION.total_seconds() // 3600))
        if closes and closes > data["starts_at"]:
            raise FieldError(CLOSES_TOO_LATE, "registration_closes_at")
        if opens and opens >= (closes or data["starts_at"]):
            raise FieldError(OPENS_TOO_LATE, "registration_opens_at")

    @post_load
    def _with_both(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"registration_opens_at": None, "registration_closes_at": None, "equipment": []} | data


def _content(*, required: bool) -> dict[str, Any]:
    """The fields of a club event that an organiser writes. They are made anew for each schema, because marshmallow binds a
    field to one schema."""
    return {
        "club_id": Id(required=required, example=demo_example("club", "table-tennis")),
        "section": OneOf(*SECTIONS, example="neighbour", required=required),
        "title": Bilingual(most=80, zh="乒乓球趣味赛", en="Table tennis fun day", required=required),
        "description": Bilingual(most=4000, zh="老少皆宜。", en="For young and old.", required=required),
        "location": Text(most=120, example="乒乓球室", required=required),
        "space_id": Id(example=None, description="a space that can be booked; then publishing waits for it"),
        "audience": OneOf(*AUDIENCES),
        "sessions": ListOf(fields.Nested(NewSession), least=1, most=MAX_SESSIONS, required=required),
    }


class DraftClubEvent(Request.from_dict(_content(required=True))):  # type: ignore[misc]  # a class made at run time
    pass


class ReviseClubEvent(Expecting.from_dict(_content(required=False))):  # type: ignore[misc]
    """Only the given fields change. `sessions` replaces all sessions. Of what is published, only title, description, section
    and audience change."""

    club_event_id = Id(required=True)
    equipment = equipment_field("what every session of the draft needs from now on")


class ChangeClubEvent(Expecting):
    club_event_id = Id(required=True)


class CancelClubEvent(ChangeClubEvent):
    reason = Text(required=True, most=500, example="场地检修")


class MoveSession(Expecting):
    """Without `location` the session stays where it is. With it, `space_id` is the space of that place, if it is one that can
    be booked."""

    session_id = Id(required=True)
    starts_at = Moment(required=True, example="2026-03-03T10:00:00+08:00")
    ends_at = Moment(required=True, example="2026-03-03T11:00:00+08:00")
    location = Text(most=120, example="图书阅览室")
    space_id = Id(example=demo_example("space", "reading-room"))
    equipment = equipment_field("all the equipment that it needs from now on; without this field it keeps what it has")

    @validates_schema
    def _is_possible(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "starts_at", "ends_at")
        if data["ends_at"] - data["starts_at"] > MAX_DURATION:
            raise FieldError(SESSION_TOO_LONG, "ends_at", hours=int(MAX_DURATION.total_seconds() // 3600))
        if data.get("space_id") and not data.get("location"):
            raise FieldError(PLACE_WITHOUT_NAME, "location")


class CancelSession(Expecting):
    session_id = Id(required=True)
    reason = Text(required=True, most=500, example="教师请假")


class ChangeCapacity(Expecting):
    session_id = Id(required=True)
    capacity = Count(required=True, least=1, most=MAX_CAPACITY, example=30)


LIST_CLUB_EVENTS = Query(
    "events.list_club_events",
    "List club events",
    takes=ListClubEvents(),
    gives=page_of(ClubEvent),
    refuses=(Unauthenticated, Forbidden),
)
GET_CLUB_EVENT = Query(
    "events.get_club_event", "Read a club event", takes=OneClubEvent(), gives=ClubEvent(), refuses=(NotFound,)
)
DRAFT_CLUB_EVENT = Command(
    "events.draft_club_event",
    "Draft a club event",
    takes=DraftClubEvent(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, SessionInPast, EquipmentWithoutRoom),
)
REVISE_CLUB_EVENT = Command(
    "events.revise_club_event",
    "Revise a club event",
    takes=ReviseClubEvent(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, NotDraft, SessionInPast, EquipmentWithoutRoom),
    description="Everything of a draft. Of what is published, title, description, section and audience.",
)
PUBLISH_CLUB_EVENT = Command(
    "events.publish_club_event",
    "Publish a draft",
    takes=ChangeClubEvent(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, NotDraft, SessionInPast),
    description="If it takes place in bookable spaces, it first waits for them (`state: awaiting_room`). If it cannot have "
    "them, it is a draft again; `GET /club-events/{club_event_id}/rooms` says why, with alternatives.",
)
MOVE_SESSION = Command(
    "events.move_session",
    "Move a session to another time or place",
    takes=MoveSession(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, NotPublished, RoomsPending, SessionNotMovable, SessionInPast, EquipmentWithoutRoom),
    description="To another bookable space or time, it moves when booking has given the space; until then it stays as it is. "
    "The same holds for other equipment. Those who are registered are told when it has moved. "
    "`If-Match` takes the ETag of the club event.",
)
CANCEL_SESSION = Command(
    "events.cancel_session",
    "Call off one session",
    takes=CancelSession(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, NotPublished, SessionNotMovable, LastSession),
    description="The others stay. `If-Match` takes the ETag of the club event.",
)
CANCEL_CLUB_EVENT = Command(
    "events.cancel_club_event",
    "Cancel a club event",
    takes=CancelClubEvent(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, AlreadyCancelled, AlreadyOver),
)
CHANGE_CAPACITY = Command(
    "events.change_capacity",
    "Change the capacity of a session",
    takes=ChangeCapacity(),
    gives=ClubEvent(),
    refuses=(NotFound, Forbidden, NotPublished, RegistrationClosed, CapacityTooLow),
    description="With more seats, the waiting list moves up. `If-Match` takes the ETag of the club event.",
)
