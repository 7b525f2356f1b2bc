"""Series: bookings of one space that repeat by a rule. Each date is a booking of its own."""

from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Code,
    Command,
    Count,
    Expecting,
    Flag,
    Id,
    ListOf,
    OneOf,
    Paged,
    Pattern,
    Query,
    Request,
    Rule,
    Text,
    Versioned,
    Words,
    demo_example,
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
from services.booking.interface.bookings import MAX_ATTENDEES, RULES_OF_A_TIME, staff_reason_field
from services.booking.interface.equipment_words import WantsEquipment
from services.booking.interface.hours import NOT_A_CLOCK, Day
from services.booking.interface.refusals import (
    CancelDeadlinePassed,
    DateBooked,
    LocalTimeSkipped,
    NoDateFits,
    NoDateToCome,
    NotForYourCommunity,
    OtherKind,
    SeriesIncomplete,
    SeriesOverlapsItself,
    SeriesTooLong,
    SeriesWithoutDates,
)
from services.booking.interface.spaces import SECTIONS

MOST_DATES = 366
MOST_MINUTES = 7 * 24 * 60  # of one date, as of a single booking
STEPS = ("change", "cancel", "add_date", "exempt", "ask", "answer_requests")  # the last one: for approvers of its space
# `free` and `refused` are said when a series is booked, `kept` when it is changed: the date did not fit, and stays as it was.
# `skipped` has no booking: it was left out or refused.
DATE_STATES = Words(
    {
        "free": ("可以预约", "Can be booked"),
        "booked": ("已预约", "Booked"),
        "requested": ("待审批", "Waiting for approval"),
        "kept": ("未能更改，保持原样", "Not changed, stays as it was"),
        "refused": ("订不上", "Cannot be booked"),
        "skipped": ("没有预约", "Not booked"),
        "cancelled": ("已取消", "Cancelled"),
        "declined": ("未获同意", "Declined"),
        "lapsed": ("逾期失效", "Lapsed"),
    }
)
# Why nobody is asked before the dates of a series whether they are still needed.
NOT_ASKED = Words(
    {
        "exempt": ("窗口决定不询问", "The desk decided not to ask"),
        "all_needed": ("已答复：以后各次都要用", "Answered: all dates to come are needed"),
    }
)
NOT_A_RECURRENCE = Rule(
    "not_a_recurrence",
    "A rule is like FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231.",
    "重复规则应如 FREQ=WEEKLY;BYDAY=TU;UNTIL=20261231。",
)
PART_NOT_SUPPORTED = Rule(
    "recurrence_not_supported", "This is not supported in a rule: {part}.", "重复规则中的 {part} 不支持。"
)
NO_END = Rule("recurrence_without_end", "A rule needs COUNT or UNTIL.", "重复规则须有 COUNT 或 UNTIL，不能没有结束。")
COUNT_AND_UNTIL = Rule(
    "recurrence_with_two_ends", "A rule has COUNT or UNTIL, not both.", "重复规则只能有 COUNT 或 UNTIL 之一。"
)
NOT_A_DATE_OF_SERIES = Rule("not_a_date_of_series", "The series has no such date.", "这个系列没有这个日期。")
NOTHING_TO_CHANGE = Rule("nothing_to_change", "Please say what changes.", "请说明要改什么。")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"


def _day(example: str = "2026-03-02", **more: Any) -> Day:
    return Day(example=example, **more)


class _WantedSeries(WantsEquipment):
    space_id = Id(required=True, example=demo_example("space", "badminton-court-1"))
    rrule = Text(
        most=200,
        required=True,
        example="FREQ=WEEKLY;BYDAY=MO;COUNT=4",
        description="RFC 5545: FREQ DAILY, WEEKLY or MONTHLY, INTERVAL, BYDAY, BYMONTHDAY, and COUNT or UNTIL (a local day)",
    )
    starts_on = _day(required=True, description="the first local day, or the day after which the rule has its first one")
    starts_at = Pattern(
        _CLOCK, NOT_A_CLOCK, required=True, example="18:00", description="by the clock of the community, the same on all dates"
    )
    minutes = Count(required=True, least=1, most=MOST_MINUTES, example=60)
    except_days = ListOf(
        _day("2026-03-09"), most=MOST_DATES, distinct=True, load_default=list, example=[], description="local days left out"
    )
    resident_id = Id(example=None, description="whom to book for: your child; for clerks and grid workers also a resident")
    attendees = Count(least=1, most=MAX_ATTENDEES, example=4, load_default=1)
    beyond_reason = Text(
        most=200, example=None, description="for clerks and grid workers, as of a single booking; stored with each date"
    )


class PreviewSeries(_WantedSeries):
    pass


class BookSeries(_WantedSeries):
    purpose = Text(most=200, example="羽毛球练习")
    only_if_all = Flag(example=False, load_default=False, description="true: nothing is booked unless every date can be")


class DateAlternative(Answer):
    """Its times are text already, as in the details of a refusal."""

    space_id = identifier()
    space_name = names("羽毛球2号场", "Badminton court 2")
    starts_at = fields.String(required=True, metadata={"format": "date-time", "example": "2026-03-02T09:00:00+08:00"})
    ends_at = fields.String(required=True, metadata={"format": "date-time", "example": "2026-03-02T10:00:00+08:00"})


class SeriesDate(Answer):
    day = fields.Date(required=True, metadata={"example": "2026-03-02", "description": "the local day by the rule"})
    starts_at = moment(maybe=True, description="null if the clocks skip that time")
    ends_at = moment("2026-03-02T10:00:00+08:00", maybe=True)
    state = word(DATE_STATES)
    booking_id = identifier(maybe=True)
    code = text("booking.space_taken", maybe=True, description="why it is refused or kept: the code of the refusal")
    message = names("该时段已被预约。", "The space is already taken at that time.", maybe=True)
    alternatives = fields.List(
        fields.Nested(DateAlternative),
        required=True,
        metadata={"description": "what can be booked instead, if the time is taken; of the first 31 such dates"},
    )
    missing_equipment = names("投影仪×1", "Projector × 1", maybe=True, description="what the date goes without")


class SeriesPreview(Answer):
    space_id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    rrule = text("FREQ=WEEKLY;BYDAY=MO;COUNT=4")
    free = number(4, description="how many dates can be booked")
    dates = fields.List(fields.Nested(SeriesDate), required=True)


class EquipmentOfDates(Answer):
    kind_id = identifier()
    quantity = number(1)


class SeriesSummary(Versioned):
    space_id = identifier()
    space_name = names("羽毛球1号场", "Badminton court 1", attribute="space.name")
    section = word(SECTIONS, attribute="space.section")
    resident_id = identifier()
    resident_name = text("王秀英", maybe=True, description="only for staff; added by the gateway; each access is logged")
    booked_by = identifier()
    rrule = text("FREQ=WEEKLY;BYDAY=MO;COUNT=4")
    except_days = fields.List(fields.Date(), required=True, metadata={"example": []})
    starts_on = fields.Date(required=True, metadata={"example": "2026-03-02"})
    ends_on = fields.Date(required=True, metadata={"example": "2026-03-23", "description": "the last local day by the rule"})
    starts_at = text("18:00", description="by the clock of the community", attribute="clock")
    minutes = number(60)
    attendees = number(4)
    purpose = text("羽毛球练习", maybe=True)
    equipment = fields.List(
        fields.Nested(EquipmentOfDates), required=True, metadata={"example": [], "description": "what each date wants"}
    )
    not_asked = word(NOT_ASKED, maybe=True, description="why nobody is asked whether its dates are still needed")
    not_asked_reason = text(
        "老年团队", maybe=True, description="why the desk decided so; only for staff", attribute="shown_not_asked_reason"
    )
    not_asked_at = moment(maybe=True)
    created_at = moment()
    can = fields.List(
        fields.String(),
        required=True,
        metadata={"example": list(STEPS), "description": f"what you may do with it now: {', '.join(STEPS)}"},
    )


class Series(SeriesSummary):
    dates = fields.List(fields.Nested(SeriesDate), required=True, metadata={"description": "by day"})

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return super().get_attribute(obj if attr == "dates" else obj.series, attr, default)


class ListSeries(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all series of your communities, for staff")
    community_id = Code(example=None, description="those of this community; at the desk one in which you work")
    resident_id = Id(example=None, description="in `mine`: you or your child")
    over = Flag(load_default=False, example=False, description="true: also those whose last date has passed")


class GetSeries(Request):
    series_id = Id(required=True)


class CancelSeries(Expecting):
    series_id = Id(required=True)
    from_day = _day(description="from this local day on; left out: all dates that have not started")
    reason = Text(most=200, example="临时有事")
    staff_reason = staff_reason_field()


class ChangeSeries(Expecting):
    series_id = Id(required=True)
    from_day = _day(required=True, description="a date of the series; it and all later ones become a series of their own")
    starts_at = Pattern(_CLOCK, NOT_A_CLOCK, example="19:00")
    minutes = Count(least=1, most=MOST_MINUTES, example=90)
    attendees = Count(least=1, most=MAX_ATTENDEES, example=2)
    space_id = Id(example=None, description="a space of the same kind of the same community")
    staff_reason = staff_reason_field()


class AddSeriesDate(Expecting):
    series_id = Id(required=True)
    day = _day(required=True, description="a date of the rule that is not booked: skipped, cancelled or excepted")


_RULES_OF_A_SERIES = (SeriesTooLong, SeriesWithoutDates, SeriesOverlapsItself)

PREVIEW_SERIES = Query(
    "booking.preview_series",
    "See which dates of a series can be booked",
    takes=PreviewSeries(),
    gives=SeriesPreview(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, *_RULES_OF_A_SERIES),
    description="Says of each date what `POST /series` would say now. Nothing is booked, and no time is kept.",
)
BOOK_SERIES = Command(
    "booking.book_series",
    "Book a series",
    takes=BookSeries(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, *_RULES_OF_A_SERIES, SeriesIncomplete, NoDateFits),
    description="Books every date that can be booked, under the rules of a single booking, and says why the others cannot be. "
    "With `only_if_all`, and if no date can be booked, nothing is written.",
)
LIST_SERIES = Query(
    "booking.list_series", "List series", takes=ListSeries(), gives=page_of(SeriesSummary), refuses=(Forbidden,)
)
GET_SERIES = Query("booking.get_series", "Read a series", takes=GetSeries(), gives=Series(), refuses=(NotFound,))
CANCEL_SERIES = Command(
    "booking.cancel_series",
    "Cancel the dates of a series",
    takes=CancelSeries(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NoDateToCome, CancelDeadlinePassed),
    description="All dates that have not started, or those from a day on. A single date is cancelled like any booking.",
)
CHANGE_SERIES = Command(
    "booking.change_series",
    "Change a series from a date on",
    takes=ChangeSeries(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, NoDateToCome, NoDateFits, OtherKind, SeriesOverlapsItself),
    description="The dates from `from_day` on become a series of their own, which is the answer. A date that does not fit "
    "stays as it was: its state is `kept`, with the reason. If none fits, nothing changes.",
)
ADD_SERIES_DATE = Command(
    "booking.add_series_date",
    "Put back a date of a series",
    takes=AddSeriesDate(),
    gives=Series(),
    refuses=(NotFound, Forbidden, NotForYourCommunity, DateBooked, LocalTimeSkipped, *RULES_OF_A_TIME),
)
