"""The rooms of a club event, for its organisers: which sessions have theirs, and why others do not."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Query, Words, flag, identifier, moment, names, number, text, word
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.interface.club_events import OneClubEvent

CLAIM_STATES = ("asked", "granted", "refused", "released")
# What a session has of its room.
ROOM_STATES = Words(
    {
        "none": ("不占用预约场地", "No bookable space"),
        "not_asked": ("发布时申请场地", "Asked for when it is published"),
        "waiting": ("等待场地确认", "Waiting for the room"),
        "held": ("场地已确认", "Has its room"),
        "refused": ("没有订到场地", "Could not get its room"),
    }
)


# What became of the equipment that a session needs.
EQUIPMENT_STATES = Words(
    {
        "not_asked": ("发布时申请", "Asked for when it is published"),
        "waiting": ("等待确认", "Waiting"),
        "given": ("已留好", "Reserved"),
        "missing": ("没有留到", "Not available"),
    }
)


class Alternative(Answer):
    space_id = identifier()
    space_name = names("图书阅览室", "Reading room")
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")


class WantedPlace(Answer):
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    location = text("图书阅览室")
    space_id = identifier(maybe=True)


class RefusedRoom(Answer):
    space_id = identifier()
    reason = text("booking.space_taken", description="the code of booking's refusal")
    message = names("该时段已被预约。", "The space is already taken at that time.")
    held = flag(description="whether the session still has the room that it had before")
    wanted = fields.Nested(WantedPlace, required=True)
    alternatives = fields.List(fields.Nested(Alternative), required=True)


class EquipmentOfSession(Answer):
    kind_id = identifier()
    name = names("折叠椅", "Folding chairs", maybe=True)
    quantity = number(20)
    state = word(EQUIPMENT_STATES)


class RoomOfSession(Answer):
    session_id = identifier()
    room = word(ROOM_STATES)
    moves_to = fields.Nested(WantedPlace, allow_none=True, metadata={"description": "where it moves when booking agrees"})
    refusal = fields.Nested(RefusedRoom, allow_none=True, metadata={"description": "the last one, if it was not given up"})
    equipment = fields.List(
        fields.Nested(EquipmentOfSession),
        metadata={"description": "what it needs; `name` is null until booking has given it once"},
    )


class Rooms(Answer):
    club_event_id = identifier()
    sessions = fields.List(fields.Nested(RoomOfSession), required=True)


GET_ROOMS = Query(
    "events.get_rooms",
    "Read what became of the rooms of a club event",
    takes=OneClubEvent(),
    gives=Rooms(),
    refuses=(NotFound, Forbidden),
    description="For staff of its community.",
)
