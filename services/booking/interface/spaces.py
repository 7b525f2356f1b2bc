"""Spaces: rooms, courts and counters. Everybody may see them."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Id,
    OneOf,
    Paged,
    Query,
    Request,
    Text,
    Versioned,
    Words,
    flag,
    identifier,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import NotFound
from services.booking.interface.fair_opening import Opening, Share

SECTIONS = Words(
    {
        "convenience": ("便民服务中心", "Convenience services"),
        "neighbour": ("邻里生活中心", "Neighbour life"),
        "smart": ("智慧服务中心", "Smart services"),
        "elders": ("老年康乐中心", "Elders' well-being"),
    }
)
# Whose residents may book a space.
OPEN_TO = Words(
    {
        "community": ("仅限本社区居民", "Only residents of this community"),
        "sub_district": ("仅限本街道居民", "Only residents of this sub-district"),
        "district": ("本区居民均可", "All residents of the district"),
    }
)
# How residents check in at the door of a space by themselves. A photo of a poster can be used at home.
DOOR_CHECK_INS = Words(
    {
        "off": ("不能自助签到", "Not by themselves"),
        "display": ("扫门口屏幕上每分钟更换的二维码", "With the code on the display, which changes every minute"),
        "poster": ("也可以扫张贴的二维码", "With a printed poster, too"),
    }
)
KINDS = Words({"room": ("房间", "Room"), "court": ("球场", "Court"), "counter": ("窗口", "Counter")})


class Equipment(Answer):
    name = names("投影仪", "Projector")


class OpeningHours(Answer):
    weekday = number(1, description="1 is Monday")
    opens = text("08:30")
    closes = text("21:00")


class Season(Answer):
    name = names("暑期延时", "Summer hours")
    first_day = text("2026-07-01", description="a local day")
    last_day = text("2026-08-31", description="included")
    opening_hours = fields.List(fields.Nested(OpeningHours))


class Space(Versioned):
    code = text("activity-room")
    kind = word(KINDS)
    section = word(SECTIONS)
    name = names("汇星党员活动室", "Huixing activity room")
    description = names("可容纳 40 人，配有投影。", "For 40 people, with a projector.", maybe=True)
    parent_id = identifier(maybe=True, description="the divisible space that it is part of")
    divisible = flag()
    capacity = number(40)
    location = names("二楼东侧", "Second floor, east", maybe=True)
    equipment = fields.List(fields.Nested(Equipment))
    opening_hours = fields.List(fields.Nested(OpeningHours))
    holiday_hours = fields.List(fields.Dict(), metadata={"description": "on statutory holidays", "example": []})
    seasons = fields.List(
        fields.Nested(Season),
        required=True,
        metadata={"description": "other weekly hours from one day to another, such as longer hours in summer", "example": []},
    )
    slot_minutes = number(30)
    min_minutes = number(30)
    max_minutes = number(240)
    min_notice_minutes = number(0)
    cancel_notice_minutes = number(
        0, description="so long before the start, residents can no longer cancel or move it themselves"
    )
    horizon_days = number(30)
    opening = fields.Nested(
        Opening,
        required=True,
        allow_none=True,
        metadata={"description": "its weeks open one after the other, instead of its days; null: horizon_days counts"},
    )
    shares = fields.List(
        fields.Nested(Share),
        required=True,
        metadata={"description": "times that are kept for some; those of a part or of the whole count too", "example": []},
    )
    elder_age = number(60, description="from which age on somebody counts as an elder here")
    ask_from_dates = number(
        8, description="a series of so many dates or more is asked before each date whether it is still needed; 0: never"
    )
    buffer_before_minutes = number(0)
    buffer_after_minutes = number(15)
    check_in_grace_minutes = number(
        10, maybe=True, description="so long after the start, a booking without check-in becomes a no-show; null: never"
    )
    door_check_in = word(DOOR_CHECK_INS, description="how residents check in at the door by themselves")
    takes_walk_ins = flag(description="residents at the door may take it on the spot, if it is free")
    active = flag(True, description="false: it is out of use and cannot be booked")
    needs_approval = flag(description="booking it makes a request, which somebody accepts or declines")
    answer_notice_minutes = number(
        1440, description="if it needs approval: a request that is not answered so long before its start lapses"
    )
    open_to = word(OPEN_TO, description="whose residents may book it")
    open_to_communities = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={
            "example": None,
            "description": "the communities whose residents may book it for themselves; null: all of the district",
        },
    )


class ListSpaces(Paged):
    """Spaces in use."""

    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")
    q = Text(most=100, example="羽毛球", description="words in code, name or description")


class GetSpace(Request):
    space_id = Id(required=True)


SPACE_PAGE = page_of(Space)
LIST_SPACES = Query("booking.list_spaces", "List spaces", takes=ListSpaces(), gives=SPACE_PAGE)
GET_SPACE = Query("booking.get_space", "Read a space", takes=GetSpace(), gives=Space(), refuses=(NotFound,))
