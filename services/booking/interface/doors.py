"""Doors: the display beside a door, check-in with its code, bookings of people who walk in, and the keys of displays."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Command,
    Count,
    Id,
    Moment,
    Pattern,
    Query,
    Request,
    Rule,
    Text,
    Words,
    flag,
    identifier,
    moment,
    names,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.availability import TAKEN_AS
from services.booking.interface.bookings import MAX_ATTENDEES, RULES_OF_A_TIME, Booking
from services.booking.interface.closures import REASONS
from services.booking.interface.door_refusals import (
    DoorCodeExpired,
    DoorCodeUnknown,
    NothingToCheckIn,
    NotUntilThen,
    NoWalkIn,
)
from services.booking.interface.refusals import NeedsApproval, NotForYourCommunity
from services.booking.interface.spaces import DOOR_CHECK_INS

NOT_A_DOOR_KEY = Rule("not_a_door_key", "This is no address of a door display.", "这不是门口屏幕的地址。")
NOT_A_DOOR_CODE = Rule("not_a_door_code", "This is no code of a door.", "这不是门口的签到码。")
KEY = r"[A-Za-z0-9_\-]{22}"
CODE = r"[A-Za-z2-7]{48}"
EXAMPLE_KEY = "hN3v0mVb7Qd9sT4uYw1ZaA"
EXAMPLE_CODE = "agmpfjdkdz6dxhktf4pix2tmahjvq7hbqzt3a4w7q5kd2xyz"
# What a space is used for at a time.
DOOR_USES = Words(
    {
        "free": ("空闲", "Free"),
        "booked": ("使用中", "In use"),
        "held": ("为候补的人保留", "Held for who waits"),
        "event": ("活动", "Event"),
        "lottery": ("由抽签决定", "Decided by a lottery"),
        "turnover": ("整理准备", "Being prepared"),
        "closed": ("不开放", "Closed"),
        "holiday": ("节假日休息", "Closed for the holiday"),
        "blocked": ("暂停开放", "Closed for now"),
    }
)


class GetDoor(Request):
    door_key = Pattern(KEY, NOT_A_DOOR_KEY, required=True, example=EXAMPLE_KEY)


class OfCode(Request):
    door_code = Pattern(CODE, NOT_A_DOOR_CODE, required=True, example=EXAMPLE_CODE)


class WalkIn(Request):
    space_id = Id(required=True)
    ends_at = Moment(example=None, description="one of the ends that are possible now; left out: the latest")
    resident_id = Id(example=None, description="whom for: your child; for clerks and grid workers also a resident")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=2, load_default=1)
    purpose = Text(most=200, example=None)
    door_code = Pattern(
        CODE, NOT_A_DOOR_CODE, example=None, description="scanned at the door; clerks and grid workers there need none"
    )
    beyond_reason = Text(most=200, example=None, description="for clerks and grid workers: why this goes beyond limits")


class OfSpace(Request):
    space_id = Id(required=True)


class DoorTime(Answer):
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    use = word(DOOR_USES)
    title = names("乒乓球趣味赛", "Table tennis fun day", maybe=True, description="of an event, if it is public")
    taken_as = word(TAKEN_AS, maybe=True, description="part: only a part of the space is taken; whole: that it is part of")


class DoorClosure(Answer):
    reason = word(REASONS)
    note = names("更换灯具", "New lamps", maybe=True)


class Door(Answer):
    """What everybody may see who stands at the door. It names no person."""

    space_id = identifier(attribute="space.id")
    community_id = text(EXAMPLE_COMMUNITY, attribute="space.community_id")
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    location = names("二楼东侧", "Second floor, east", maybe=True, attribute="space.location")
    check_in = word(DOOR_CHECK_INS, attribute="space.door_check_in", description="how residents check in here by themselves")
    time_zone = text("Asia/Shanghai")
    as_of = moment()
    now = fields.Nested(DoorTime, required=True)
    until = moment(maybe=True, description="until when it is as it is now; null: for two days or longer")
    times = fields.List(
        fields.Nested(DoorTime), required=True, metadata={"description": "taken and closed times of the rest of the local day"}
    )
    closure = fields.Nested(DoorClosure, required=True, allow_none=True)
    code = text(EXAMPLE_CODE, maybe=True, description="what its QR code says; null: no check-in at the door")
    code_until = moment(maybe=True, description="until when the code is accepted; another one is shown each minute")
    free_ends = fields.List(
        fields.AwareDateTime(),
        required=True,
        metadata={
            "example": ["2026-03-02T10:00:00+08:00"],
            "description": "ends of a booking that starts now; none: nobody can take it on the spot",
        },
    )


class WalkInTimes(Answer):
    """When a booking that is made on the spot would start, and could end. None: the space is not free now."""

    space_id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    starts_at = moment()
    free_ends = fields.List(fields.AwareDateTime(), required=True, metadata={"example": ["2026-03-02T10:00:00+08:00"]})


class AtDoor(Answer):
    """What the caller can do at the door: check in `booking`, or take the space until one of `free_ends`."""

    door = fields.Nested(Door, required=True)
    booking = fields.Nested(
        Booking, required=True, allow_none=True, metadata={"description": "the own booking here that is on, or about to begin"}
    )
    next_at = moment(maybe=True, description="the start of the next own booking here within a day")
    may_walk_in = flag(description="whether this person may take the space on the spot")


class DoorKeys(Answer):
    """For admins: the address of the display, and what a poster says."""

    space_id = identifier(attribute="id")
    community_id = text(EXAMPLE_COMMUNITY)
    door_key = text(EXAMPLE_KEY, maybe=True, description="the end of the address of the display; null: there is none")
    door_check_in = word(DOOR_CHECK_INS)
    poster_code = text(EXAMPLE_CODE, maybe=True, description="what the QR code of a poster says; null: posters are off")


_CODES = (DoorCodeUnknown, DoorCodeExpired)
GET_DOOR = Query("booking.get_door", "See the display beside a door", takes=GetDoor(), gives=Door(), refuses=(NotFound,))
GET_AT_DOOR = Query(
    "booking.get_at_door",
    "See what you can do at a door whose code you have scanned",
    takes=OfCode(),
    gives=AtDoor(),
    refuses=_CODES,
)
CHECK_IN_AT_DOOR = Command(
    "booking.check_in_at_door",
    "Check in with the code of a door",
    takes=OfCode(),
    gives=Booking(),
    refuses=(*_CODES, NothingToCheckIn),
    description="Your own booking of this space, of its whole or of a part of it, or that of your child, from 15 minutes "
    "before the start until the end. A second time changes nothing.",
)
GET_WALK_IN_TIMES = Query(
    "booking.get_walk_in_times",
    "See until when a space can be taken on the spot",
    takes=OfSpace(),
    gives=WalkInTimes(),
    refuses=(NotFound,),
)
WALK_IN = Command(
    "booking.walk_in",
    "Take a space on the spot",
    takes=WalkIn(),
    gives=Booking(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, *RULES_OF_A_TIME, NeedsApproval, NoWalkIn, NotUntilThen, *_CODES),
    description="A booking from the next full minute on, already checked in. The notice, the grid of the start and the "
    "shortest booking do not count. Clerks and grid workers do it for somebody who stands there; residents need the code of "
    "the display, and a space that `takes_walk_ins`.",
)
GET_DOOR_KEYS = Query(
    "booking.get_door_keys",
    "Read the address of the display of a space",
    takes=OfSpace(),
    gives=DoorKeys(),
    refuses=(Forbidden, NotFound),
)
RENEW_DOOR = Command(
    "booking.renew_door",
    "Make a new address for the display beside a door",
    takes=OfSpace(),
    gives=DoorKeys(),
    refuses=(Forbidden, NotFound),
    description="The old address and all posters are void at once.",
)
CLOSE_DOOR = Command(
    "booking.close_door",
    "Do without the display beside a door",
    takes=OfSpace(),
    gives=DoorKeys(),
    refuses=(Forbidden, NotFound),
    description="The address and all posters are void at once.",
)
