"""What differs on single days: holidays and worked weekends of a community or the whole district, and other hours of a space.
Admins decide them, and see beforehand which bookings no longer fit."""

from typing import Any

from marshmallow import fields, validates_schema

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
    OneOf,
    Paged,
    Query,
    Request,
    Rule,
    Words,
    demo_example,
    flag,
    identifier,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.hours import FIRST_YEAR, LAST_YEAR, Day, Hours, check_hours
from services.booking.interface.refusals import DayInPast, DayTooFar
from services.booking.interface.space_previews import AffectedBooking

KINDS_OF_DAY = Words(
    {
        "holiday": ("放假", "Holiday"),
        "workday": ("上班（调休）", "Worked day"),
        "plain": ("平常日", "Day like any other"),
    }
)
MOST_AHEAD_DAYS = 731  # that a day can be decided
MOST_SPANS = 10  # of one day
WEEKDAY_OF_WORKED = Rule(
    "weekday_of_worked",
    "A worked day has the hours of a weekday; other days have none.",
    "上班日须选按星期几开放，其他日子不选。",
)
_EXAMPLE_DAY = "2027-01-02"
_IN_DISTRICT = "left out: the whole district, for its admins"


def _day(description: str = "") -> fields.Date:
    return fields.Date(required=True, metadata={"example": _EXAMPLE_DAY, "description": description})


class CalendarDay(Answer):
    """A day as it is in the community: its own decision, or that of the whole district."""

    day = _day()
    version = number(1, description="counts changes; also in the ETag")
    community_id = text(EXAMPLE_COMMUNITY, maybe=True, description="null: decided for all", attribute="of_community")
    kind = word(KINDS_OF_DAY)
    weekday = number(5, maybe=True, description="a worked day has the hours of this weekday; 1 is Monday")
    name = names("元旦", "New Year's Day")
    provisional = flag(description="the law fixes this holiday, but nobody has announced it, so it may change")
    source = text("State Council notice on public holidays")


class Affected(Answer):
    """The first bookings to come that no longer fit, and how many there are. They stay as they are."""

    items = fields.List(fields.Nested(AffectedBooking), required=True)
    count = number(1)


class DecidedDay(CalendarDay):
    affected = fields.Nested(Affected, required=True)


class DayHours(Answer):
    """Other hours of a space on one day. They hold for its parts too, unless a part has its own."""

    day = _day()
    version = number(1, description="counts changes; also in the ETag")
    space_id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    hours = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "none: closed", "example": [{"opens": "09:00", "closes": "12:00"}]},
    )
    note = names("消防演练", "Fire drill", maybe=True)


class DecidedHours(DayHours):
    affected = fields.Nested(Affected, required=True)


class ListCalendarDays(Request):
    community_id = Code(example=None, description=_IN_DISTRICT)
    year = Count(least=FIRST_YEAR, most=LAST_YEAR, required=True, example=2027)


class _OfDay(Request):
    community_id = Code(example="liuyi", description=_IN_DISTRICT)
    day = Day(required=True, example=_EXAMPLE_DAY)


class _Decision(_OfDay):
    weekday = Count(least=1, most=7, example=None, description="of a worked day: whose hours it has; 1 is Monday")

    @validates_schema
    def _has_the_weekday_of_its_kind(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("kind") == "workday") != ("weekday" in data):
            raise FieldError(WEEKDAY_OF_WORKED, "weekday")


class PreviewCalendarDay(_Decision):
    kind = OneOf(*KINDS_OF_DAY, description="left out: the community takes its own decision back")


class SetCalendarDay(Expecting, _Decision):
    kind = OneOf(*KINDS_OF_DAY, required=True)
    name = Bilingual(most=60, zh="元旦", en="New Year's Day", description="left out: as before")


class ResetCalendarDay(Request):
    community_id = Code(required=True, example="liuyi")
    day = Day(required=True, example=_EXAMPLE_DAY)


class _OfHours(Request):
    space_id = Id(required=True, example=demo_example("space", "table-tennis-4"))
    day = Day(required=True, example=_EXAMPLE_DAY)


def _other_hours(description: str, **more: Any) -> ListOf:
    return ListOf(
        fields.Nested(Hours), most=MOST_SPANS, example=[{"opens": "09:00", "closes": "12:00"}], description=description, **more
    )


class _OtherHours(_OfHours):
    @validates_schema
    def _hours_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        check_hours(data.get("hours", []), "hours")


class PreviewDayHours(_OtherHours):
    hours = _other_hours("an empty list: closed that day; left out: the other hours are taken away")


class SetDayHours(Expecting, _OtherHours):
    hours = _other_hours("an empty list: closed that day", required=True)
    note = Bilingual(most=200, zh="消防演练", en="Fire drill", allow_none=True, description="why; for admins")


class RemoveDayHours(_OfHours):
    pass


class ListDayHours(Paged):
    space_id = Id(required=True)


_DECIDES = (Forbidden, DayInPast, DayTooFar)
LIST_CALENDAR_DAYS = Query(
    "booking.list_calendar_days",
    "List the holidays and worked days of a year",
    takes=ListCalendarDays(),
    gives=page_of(CalendarDay),
    refuses=(Forbidden,),
    description="At most 366, sorted, on one page. A day that the community has decided itself is listed instead of that of the"
    " district.",
)
PREVIEW_CALENDAR_DAY = Query(
    "booking.preview_calendar_day",
    "See which bookings a decision about a day would affect",
    takes=PreviewCalendarDay(),
    gives=Affected(),
    refuses=_DECIDES,
)
SET_CALENDAR_DAY = Command(
    "booking.set_calendar_day",
    "Decide whether a day is a holiday, worked or a day like any other",
    takes=SetCalendarDay(),
    gives=DecidedDay(),
    refuses=_DECIDES,
    description="Setting a provisional holiday as a holiday confirms it. Bookings that no longer fit stay.",
)
RESET_CALENDAR_DAY = Command(
    "booking.reset_calendar_day",
    "Take back the community's own decision about a day",
    takes=ResetCalendarDay(),
    gives=Affected(),
    refuses=(*_DECIDES, NotFound),
    description="The day is then what it is in the whole district.",
)
LIST_DAY_HOURS = Query(
    "booking.list_day_hours",
    "List the days to come on which a space has other hours",
    takes=ListDayHours(),
    gives=page_of(DayHours),
    refuses=(Forbidden, NotFound),
)
PREVIEW_DAY_HOURS = Query(
    "booking.preview_day_hours",
    "See which bookings other hours of a day would affect",
    takes=PreviewDayHours(),
    gives=Affected(),
    refuses=(*_DECIDES, NotFound),
)
SET_DAY_HOURS = Command(
    "booking.set_day_hours",
    "Give a space other hours on one day",
    takes=SetDayHours(),
    gives=DecidedHours(),
    refuses=(*_DECIDES, NotFound),
    description="All hours of that day are replaced, also those of a holiday. Bookings that no longer fit stay.",
)
REMOVE_DAY_HOURS = Command(
    "booking.remove_day_hours",
    "Take away the other hours of a day",
    takes=RemoveDayHours(),
    gives=Affected(),
    refuses=(*_DECIDES, NotFound),
    description="The space then has the hours of its weekday, season or holiday again.",
)
