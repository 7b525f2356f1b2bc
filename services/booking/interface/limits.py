"""Limits: how much one resident, or one household, may book. Everybody may read them. Admins set them."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Count,
    Expecting,
    FieldError,
    Flag,
    Id,
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
    Rule,
    Words,
    flag,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.limit_words import MEASURES, MOST_DAYS, PERIODS, SUBJECTS
from services.booking.interface.no_show_rules import NoShowStanding
from services.booking.interface.refusals import LimitBelowShortest, LimitEnded, LimitExists, LimitWithoutEffect
from services.booking.interface.spaces import KINDS, SECTIONS

MOST_ALLOWED = 100_000
MOST_OVER = 20  # residents that a preview names
ACTIONS = Words({"created": ("新建", "Created"), "changed": ("修改", "Changed"), "ended": ("停用", "Ended")})
ONE_PLACE = Rule(
    "one_place", "Give a kind, a section or a space, or none of them.", "场地类型、中心和场地只能选一样，或都不选。"
)
DAYS_OF_TRAILING = Rule(
    "days_of_trailing",
    "Only a limit for any number of days in a row has days, and it needs them.",
    "“连续若干天”须填天数，其他周期不填。",
)
COUNTS_ONLY = Rule("counts_only", "What is booked at the same time can only be counted.", "“同一时间”只能按次数限制。")


class Limit(Answer):
    id = identifier()
    version = number(1, description="counts changes; also in the ETag")
    community_id = text(
        EXAMPLE_COMMUNITY, maybe=True, description="null: spaces of the whole district", attribute="of_community"
    )
    subject = word(SUBJECTS)
    kind = word(KINDS, maybe=True, description="only spaces of this kind")
    section = word(SECTIONS, maybe=True, description="only spaces of this section")
    space_id = identifier(maybe=True, description="only this space and its parts")
    measure = word(MEASURES)
    period = word(PERIODS)
    days = number(7, maybe=True, description="of the period `trailing`")
    allowed = number(2, description="bookings or minutes")
    sentence = names("每位居民每周最多预约 2 次（球场）", "Each resident: at most 2 bookings a week (courts)")
    created_at = moment()
    ended_at = moment(maybe=True)
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["change", "end"], "description": "what you may do with it now: change, end"},
    )


class LimitChange(Answer):
    """One change, for admins. `before` is null for a new limit."""

    id = identifier()
    version = number(1)
    at = moment()
    actor_id = identifier()
    actor_name = text("何伟", maybe=True, description="added by the gateway")
    action = word(ACTIONS)
    before = fields.Dict(required=True, allow_none=True, metadata={"example": {"allowed": 2}})
    after = fields.Dict(required=True, metadata={"example": {"allowed": 3}})


class SpaceLimit(Answer):
    """A limit as it is for one person, or household, at one time. For visitors, `taken`, `left` and `again_at` are null."""

    limit_id = identifier()
    subject = word(SUBJECTS)
    measure = word(MEASURES)
    period = word(PERIODS)
    days = number(7, maybe=True)
    allowed = number(2)
    sentence = names("每位居民每周最多预约 2 次（球场）", "Each resident: at most 2 bookings a week (courts)")
    taken = number(1, maybe=True, description="bookings or minutes that count around that time")
    left = number(1, maybe=True)
    again_at = moment(maybe=True, description="if the shortest booking does not fit: the next start that does")


class SpaceLimits(Answer):
    """The limits of a space, and how the reader stands with the rule about no-shows."""

    items = fields.List(fields.Nested(SpaceLimit), required=True)
    next_cursor = fields.String(allow_none=True, metadata={"example": None, "description": "always null"})
    no_shows = fields.Nested(
        NoShowStanding,
        required=True,
        allow_none=True,
        metadata={"description": "null for visitors, and where there is no such rule"},
    )


class PeopleOver(Answer):
    people_over = number(3, description="residents, or households, who have booked more than this today or for later")
    complete = flag(True, description="false: there are more bookings than were counted")
    resident_ids = fields.List(
        fields.UUID(),
        required=True,
        metadata={
            "example": [],
            "description": f"the first {MOST_OVER} of these residents; none if the limit is of households",
        },
    )


def _without_example(field: OneOf) -> OneOf:
    """A field that excludes another one must not be in example objects beside it."""
    field.metadata = {name: value for name, value in field.metadata.items() if name != "example"}
    return field


class OfPlace(Request):
    kind = OneOf(*KINDS, example="court")
    section = _without_example(OneOf(*SECTIONS))
    space_id = Id(example=None)

    @validates_schema
    def _is_one_place(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in ("kind", "section", "space_id")) > 1:
            raise FieldError(ONE_PLACE, "kind")


class NewLimit(OfPlace):
    community_id = Code(example="liuyi", description="left out: the whole district, for its admins")
    subject = OneOf(*SUBJECTS, required=True)
    measure = OneOf(*MEASURES, required=True)
    period = OneOf(*PERIODS, required=True, example="week")
    days = Count(least=1, most=MOST_DAYS, example=None, description="of the period `trailing`")
    allowed = Count(least=1, most=MOST_ALLOWED, required=True, example=2, description="bookings or minutes")

    @validates_schema
    def _makes_sense(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("period") == "trailing") != ("days" in data):
            raise FieldError(DAYS_OF_TRAILING, "days")
        if data.get("period") == "at_once" and data.get("measure") != "count":
            raise FieldError(COUNTS_ONLY, "measure")


class ListLimits(Paged):
    community_id = Code(example=None, description="those that hold in this community")
    ended = Flag(example=None, load_default=False, description="also those that were ended")


class GetLimit(Request):
    limit_id = Id(required=True)


class ListLimitChanges(Paged):
    limit_id = Id(required=True)


class ChangeLimit(Expecting):
    limit_id = Id(required=True)
    allowed = Count(least=1, most=MOST_ALLOWED, required=True, example=3)


class EndLimit(Expecting):
    limit_id = Id(required=True)


class GetSpaceLimits(Request):
    space_id = Id(required=True)
    at = Moment(example=None, description="the start of a booking; left out: now")
    resident_id = Id(example=None, description="of whom: your child; for clerks and grid workers also a resident")


_SENSE = (NotFound, Forbidden, LimitExists, LimitWithoutEffect, LimitBelowShortest)
LIST_LIMITS = Query("booking.list_limits", "List the limits of bookings", takes=ListLimits(), gives=page_of(Limit))
GET_LIMIT = Query("booking.get_limit", "Read a limit", takes=GetLimit(), gives=Limit(), refuses=(NotFound,))
LIST_LIMIT_CHANGES = Query(
    "booking.list_limit_changes",
    "List who changed a limit",
    takes=ListLimitChanges(),
    gives=page_of(LimitChange),
    refuses=(NotFound, Forbidden),
)
GET_LIMIT_PREVIEW = Query(
    "booking.get_limit_preview",
    "Count who has booked more than a new limit allows",
    takes=NewLimit(),
    gives=PeopleOver(),
    refuses=(NotFound, Forbidden),
)
ADD_LIMIT = Command(
    "booking.add_limit",
    "Add a limit",
    takes=NewLimit(),
    gives=Limit(),
    refuses=_SENSE,
    description="It holds for new and moved bookings at once. Bookings that were made before stay, and count.",
)
CHANGE_LIMIT = Command(
    "booking.change_limit", "Allow more or less", takes=ChangeLimit(), gives=Limit(), refuses=(*_SENSE, LimitEnded)
)
END_LIMIT = Command(
    "booking.end_limit", "End a limit", takes=EndLimit(), gives=Limit(), refuses=(NotFound, Forbidden, LimitEnded)
)
GET_SPACE_LIMITS = Query(
    "booking.get_space_limits",
    "Read the limits of a space, and what is left of them",
    takes=GetSpaceLimits(),
    gives=SpaceLimits(),
    refuses=(NotFound, Forbidden),
)
