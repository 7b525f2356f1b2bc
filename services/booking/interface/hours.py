"""Opening hours in requests: local times of day. If `closes` is not after `opens`, it is on the next day."""

import itertools
from datetime import date
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import Bilingual, Count, FieldError, ListOf, Part, Pattern, Rule
from chassis.rpc.interface.fields import metadata_of
from chassis.rpc.rules import NOT_A_DATE, NOT_IN_ORDER, OUT_OF_RANGE

MOST_SPANS = 50  # in a week
MOST_SEASONS = 20
NOT_A_CLOCK = Rule(
    "not_a_time_of_day", "A time of day is like 08:30, from 00:00 to 24:00.", "时间应如 08:30，从 00:00 到 24:00。"
)
SAME_CLOCK = Rule(
    "no_hours", "Opening and closing differ; 00:00 to 24:00 is the whole day.", "开始和结束不能相同；全天请填 00:00 到 24:00。"
)
HOURS_OVERLAP = Rule("hours_overlap", "Hours of one day must not overlap.", "同一天的时段不能重叠。")
SEASONS_OVERLAP = Rule("seasons_overlap", "Two seasons have the same day.", "两个时段的日期不能重叠。")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00"
FIRST_YEAR, LAST_YEAR = 2000, 2199


class Day(fields.Date):
    """A local day in ISO form, loaded as a date between the years 2000 and 2199."""

    def __init__(self, *, example: str | None = "2026-07-01", description: str = "", **rest: Any) -> None:
        super().__init__(format="iso", metadata=metadata_of(example, description, format="date"), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            raise FieldError(NOT_A_DATE)
        day: date = super()._deserialize(value, attr, data, **rest)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise FieldError(OUT_OF_RANGE, least=FIRST_YEAR, most=LAST_YEAR)
        return day


class Hours(Part):
    opens = Pattern(_CLOCK, NOT_A_CLOCK, required=True, example="08:30")
    closes = Pattern(_CLOCK, NOT_A_CLOCK, required=True, example="21:00", description="02:00 after 18:00 is on the next day")

    @validates_schema
    def _lasts(self, data: dict[str, Any], **_: Any) -> None:
        if data["opens"] in (data["closes"], "24:00"):
            raise FieldError(SAME_CLOCK, "closes")


class WeekdayHours(Hours):
    weekday = Count(required=True, least=1, most=7, description="1 is Monday")


class NewSeason(Part):
    """Other weekly hours from `first_day` to `last_day`, both included."""

    name = Bilingual(most=60, zh="暑期延时", en="Summer hours", required=True)
    first_day = Day(required=True)
    last_day = Day(required=True, example="2026-08-31")
    opening_hours = ListOf(fields.Nested(WeekdayHours), most=MOST_SPANS, required=True)

    @validates_schema
    def _is_in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["last_day"] < data["first_day"]:
            raise FieldError(NOT_IN_ORDER, "last_day", other="first_day")
        check_hours(data["opening_hours"], "opening_hours")


def check_hours(entries: list[dict[str, Any]], field: str) -> None:
    """Raises FieldError if two spans of one day overlap. Hours of a night may reach into the next day."""
    spans = sorted((entry.get("weekday", 0), *_minutes(entry)) for entry in entries)
    for (day, _, closes), (next_day, opens, _) in itertools.pairwise(spans):
        if day == next_day and opens < closes:
            raise FieldError(HOURS_OVERLAP, field)


def _minutes(entry: dict[str, Any]) -> tuple[int, int]:
    opens, closes = (int(entry[name][:2]) * 60 + int(entry[name][3:]) for name in ("opens", "closes"))
    return opens, closes if closes > opens else closes + 1440


def check_seasons(seasons: list[dict[str, Any]], field: str = "seasons") -> None:
    """Raises FieldError if two seasons have a day in common."""
    spans = sorted((season["first_day"], season["last_day"]) for season in seasons)
    if any(later[0] <= earlier[1] for earlier, later in itertools.pairwise(spans)):
        raise FieldError(SEASONS_OVERLAP, field)
