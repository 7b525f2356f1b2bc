"""Why somebody was refused, and what stands in the way of a booking now. Residents see their own, staff those of their
communities."""

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Count,
    Id,
    Moment,
    OneOf,
    Paged,
    Query,
    Request,
    Words,
    demo_example,
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
from services.booking.interface.bookings import MAX_ATTENDEES

ATTEMPTS = Words({"book_space": ("预约", "Book"), "reschedule_booking": ("改期", "Move")})
HOLDERS = Words(
    {
        "booking": ("其他预约", "Another booking"),
        "session": ("社团活动", "A club event"),
        "mediation": ("调解", "A mediation"),
        "offer": ("为候补居民保留", "Kept for somebody who waits"),
    }
)
RULE_CODES = (
    "who",
    "approval",
    "length",
    "notice",
    "horizon",
    "capacity",
    "cancelling",
    "check_in",
    "no_shows",
    "limit",
)


class InTheWay(Answer):
    """What had the time. It names nobody."""

    kind = word(HOLDERS)
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1")
    starts_at = moment(description="without turnover, if it is a booking")
    ends_at = moment("2026-03-02T10:00:00+08:00")
    since = moment(maybe=True, description="when a booking got this time; null for others")
    number = text("3F2A91BC", maybe=True, description="of a booking, for staff")


class Obstacle(Answer):
    """A rule that the wish breaks."""

    code = text("booking.too_soon")
    sentence = names("请至少提前60分钟预约。", "Please book at least 60 minutes ahead.")
    details = fields.Dict(required=True, metadata={"example": {"min_notice_minutes": 60}})


class SpaceRule(Answer):
    code = word(RULE_CODES)
    sentence = names("最多提前14天预约。", "It can be booked at most 14 days ahead.")


class Explanation(Answer):
    """What would stand in the way of a booking now, all of it."""

    space_id = identifier()
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    possible = flag(False, description="whether it could be booked now")
    obstacles = fields.List(fields.Nested(Obstacle), required=True)
    in_the_way = fields.List(
        fields.Nested(InTheWay), required=True, metadata={"description": "what has the time, at most five"}
    )
    rules = fields.List(
        fields.Nested(SpaceRule), required=True, metadata={"description": "who may book the space, and how, in plain words"}
    )


class RefusedAttempt(Answer):
    """An attempt that was refused, as it was decided then. It is never changed."""

    id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    at = moment("2026-03-01T09:00:03.412000+08:00", description="when the attempt was taken up")
    attempt = word(ATTEMPTS)
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    booking_id = identifier(maybe=True, description="that was to be moved")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    by_another = flag(description="a parent, staff or another system tried it for the resident")
    starts_at = moment()
    ends_at = moment("2026-03-02T10:00:00+08:00")
    attendees = number(4)
    code = text("booking.space_taken")
    sentence = names("该时段已被预约。", "The space is already taken at that time.", description="what was answered")
    details = fields.Dict(required=True, metadata={"example": {}})
    in_the_way = fields.List(
        fields.Nested(InTheWay),
        required=True,
        attribute="shown_in_the_way",
        metadata={"description": "what had the time then, at most five"},
    )


class ListRefusedAttempts(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    resident_id = Id(example=None, description="of your child; for staff of any resident")
    space_id = Id(example=None, description="for this space")


class GetRefusedAttempt(Request):
    attempt_id = Id(required=True)


class ExplainTime(Request):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    starts_at = Moment(required=True)
    ends_at = Moment(required=True, example="2026-03-02T10:00:00+08:00")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    resident_id = Id(example=None, description="for whom: your child; for clerks and grid workers also a resident")


EXPLAIN_TIME = Query(
    "booking.explain_time",
    "Explain who may book a space, and why not me",
    takes=ExplainTime(),
    gives=Explanation(),
    refuses=(NotFound, Forbidden),
    description="All rules that a booking at this time would break now, not only the first, and what has the time. Limits are "
    "those of the resident; visitors see the rules of the space.",
)
LIST_REFUSED_ATTEMPTS = Query(
    "booking.list_refused_attempts",
    "List attempts that were refused",
    takes=ListRefusedAttempts(),
    gives=page_of(RefusedAttempt),
    refuses=(Forbidden,),
    description="Latest first. Kept for LINLI_KEEP_REFUSED_DAYS.",
)
GET_REFUSED_ATTEMPT = Query(
    "booking.get_refused_attempt",
    "Read why an attempt was refused",
    takes=GetRefusedAttempt(),
    gives=RefusedAttempt(),
    refuses=(NotFound,),
)
