"""Locks of doors, and the codes of bookings."""

from typing import Final

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Bilingual,
    Code,
    Command,
    Expecting,
    Flag,
    Id,
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
    Rule,
    Versioned,
    Words,
    flag,
    identifier,
    list_of,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY, Pattern
from chassis.rpc.refusal import Forbidden, NotFound, Refusal

HTTP: Final = "http"
PORTER: Final = "porter"
LOCK_KINDS: Final = Words(
    {PORTER: ("门卫清单（没有设备）", "List for the porter (no device)"), HTTP: ("可编程门锁", "Programmable lock")}
)
# How the code of a booking stands.
CODE_STATES: Final = Words(
    {
        "none": ("不需要密码", "No code is needed"),
        "later": ("开始前两天生成", "Made two days before the start"),
        "making": ("正在生成", "Being made"),
        "waiting": ("还没有传到门锁", "Not on the lock yet"),
        "ready": ("可以开门", "Opens the door"),
        "over": ("已失效", "No longer valid"),
    }
)
MOST_MINUTES: Final = 240  # before and after a booking
NOT_A_DEVICE = Rule(
    "not_a_device",
    "The id of a device has up to 64 letters, digits, dots, hyphens or underscores, and begins with a letter or digit.",
    "设备编号最多 64 个字母、数字、点、连字符或下划线，以字母或数字开头。",
)
NEEDS_DEVICE = Rule("needs_device", "A programmable lock has a bridge and a device.", "可编程门锁须填写接口和设备编号。")
NO_DEVICE = Rule("no_device", "A list for the porter has no bridge and no device.", "门卫清单没有接口和设备。")
UNKNOWN_BRIDGE = Rule("unknown_bridge", "No bridge for this community has this name.", "这个社区没有这个接口。")


class DeviceTaken(Refusal):
    code = "booking.device_taken"
    en = "Another lock is this device already."
    zh = "这个设备已经用于另一把锁。"


class DoorLock(Versioned):
    community_id = text(EXAMPLE_COMMUNITY)
    name = names("大门", "Front door")
    kind = word(LOCK_KINDS)
    bridge = text("hall", maybe=True, description="of a programmable lock: a name in LINLI_LOCK_BRIDGES")
    device = text("front-1", maybe=True, description="of a programmable lock: its id at the bridge")
    active = flag(True, description="false: it opens for nobody's code")
    failing_since = moment(maybe=True, description="since when its bridge does not confirm its codes; null: it does")
    problem = text("timeout", maybe=True, description="why, as a code")
    told_at = moment(maybe=True, description="when its bridge has last confirmed its codes")


class LockBridge(Answer):
    name = text("hall")


class Door(Answer):
    lock_id = identifier()
    name = names("大门", "Front door")
    kind = word(LOCK_KINDS)
    on_lock = flag(description="false: the lock does not have the code yet. A list for the porter always has it")


class DoorCodeState(Answer):
    """How the code of a booking stands, without the code."""

    booking_id = identifier()
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    attendees = number(4)
    state = word(CODE_STATES)
    valid_from = moment(maybe=True)
    valid_until = moment("2026-03-02T10:10:00+08:00", maybe=True)
    doors = fields.List(fields.Nested(Door), required=True)
    number = text("6C1B9E4F", description="the number of the booking")  # last: it hides a function


class DoorCode(DoorCodeState):
    resident_id = identifier(description="whose booking it is")
    door_code = text("402917", maybe=True, description="null while there is none")


class ListLocks(Paged):
    """Of the communities in which you are an admin."""


class OfLock(Request):
    lock_id = Id(required=True)


class _Nothing(Request):
    pass


_DEVICE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # it is a part of the path of an address, where `..` has a meaning


class AddLock(Request):
    community_id = Code(required=True, example=EXAMPLE_COMMUNITY)
    name = Bilingual(most=60, zh="大门", en="Front door", required=True)
    kind = OneOf(*LOCK_KINDS, required=True)
    bridge = Code(example=None, allow_none=True)
    device = Pattern(_DEVICE, NOT_A_DEVICE, example=None, allow_none=True)


class ChangeLock(Expecting):
    """Only the given fields change. The kind cannot."""

    lock_id = Id(required=True)
    name = Bilingual(most=60, zh="大门", en="Front door")
    bridge = Code(example=None, allow_none=True)
    device = Pattern(_DEVICE, NOT_A_DEVICE, example=None, allow_none=True)
    active = Flag(description="false: all codes on it become void")


class GetDoorCode(Request):
    booking_id = Id(required=True)


class ListDoorCodes(Paged):
    """Bookings that start in a time, of spaces behind locks."""

    start = Moment(required=True, data_key="from")
    end = Moment(required=True, data_key="to", example="2026-03-03T00:00:00+08:00")
    community_id = Code(example=None)


LIST_LOCKS = Query("booking.list_locks", "List locks", takes=ListLocks(), gives=page_of(DoorLock), refuses=(Forbidden,))
GET_LOCK_BRIDGES = Query(
    "booking.get_lock_bridges",
    "List the bridges of locks",
    takes=_Nothing(),
    gives=list_of(LockBridge),
    refuses=(Forbidden,),
    description="The names in LINLI_LOCK_BRIDGES that your communities may use. Addresses are not shown.",
)
GET_LOCK = Query("booking.get_lock", "Read a lock", takes=OfLock(), gives=DoorLock(), refuses=(Forbidden, NotFound))
ADD_LOCK = Command("booking.add_lock", "Add a lock", takes=AddLock(), gives=DoorLock(), refuses=(Forbidden, DeviceTaken))
CHANGE_LOCK = Command(
    "booking.change_lock", "Change a lock", takes=ChangeLock(), gives=DoorLock(), refuses=(Forbidden, NotFound, DeviceTaken)
)
GET_DOOR_CODE = Query(
    "booking.get_door_code",
    "Read the door code of a booking",
    takes=GetDoorCode(),
    gives=DoorCode(),
    refuses=(Forbidden, NotFound),
    description="For its resident, and for clerks and grid workers; their look is logged. A code is made two days before.",
)
LIST_DOOR_CODES = Query(
    "booking.list_door_codes",
    "List how door codes stand",
    takes=ListDoorCodes(),
    gives=page_of(DoorCodeState),
    refuses=(Forbidden,),
    description="Without the codes.",
)
REVEAL_DOOR_CODES = Query(
    "booking.reveal_door_codes",
    "List door codes, for the porter",
    takes=ListDoorCodes(),
    gives=page_of(DoorCode),
    refuses=(Forbidden,),
    description="For clerks and grid workers. Each resident sees in their log that somebody has looked.",
)
