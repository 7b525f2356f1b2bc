"""Fair opening in requests and answers: when the dates of a space open, for whom first, and which times are kept for whom."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import Answer, Count, FieldError, ListOf, OneOf, Part, Pattern, Rule, Words, number, text, word
from services.booking.interface.hours import MOST_SPANS, NOT_A_CLOCK, WeekdayHours, check_hours

ELDER_AGES = (60, 65, 70)
MOST_HOURS_BEFORE = 744  # 31 days: when kept times open to everybody at the earliest
MOST_HEAD_START = 96  # hours; less than a week, so that each week opens before the next one does
MOST_WEEKS_AHEAD = 52
# For whom a week opens first, and for whom times are kept.
FIRST = Words(
    {
        "elders": ("老年人", "elders"),
        "community": ("本社区居民", "residents of this community"),
        "rested": ("近期没有预约的家庭", "households without a booking lately"),
    }
)
KEPT_FOR = Words({"elders": ("老年人", "elders"), "counter": ("窗口和电话预约", "bookings at the counter or by phone")})
HEAD_START_WITHOUT_WAVE = Rule(
    "head_start_without_wave",
    "Say who comes first and how many hours before the others, or neither.",
    "须同时填写谁先约和先约多少小时，或都不填。",
)
SHARE_TWICE = Rule("share_twice", "There is one share for each of them.", "同一类人只能设一份。")


class NewOpening(Part):
    """Each week, from Monday to Sunday, opens `weeks_ahead` weeks before, on this `weekday` at this local time. `first` may
    book `head_start_hours` before everybody else."""

    weekday = Count(required=True, least=1, most=7, example=5, description="1 is Monday")
    at = Pattern(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", NOT_A_CLOCK, required=True, example="10:00")
    weeks_ahead = Count(required=True, least=1, most=MOST_WEEKS_AHEAD, example=2)
    first = ListOf(
        OneOf(*FIRST),
        most=len(FIRST),
        distinct=True,
        example=["elders", "rested"],
        load_default=list,
        description="any of them",
    )
    head_start_hours = Count(most=MOST_HEAD_START, example=24, load_default=0)
    rested_days = Count(
        least=1,
        most=366,
        example=30,
        load_default=30,
        description="`rested` are households without a booking of this kind of space that starts in the last so many days, or"
        " later",
    )

    @validates_schema
    def _says_both(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["first"]) != bool(data["head_start_hours"]):
            raise FieldError(HEAD_START_WITHOUT_WAVE, "head_start_hours")


class NewShare(Part):
    """Times that are kept for elders, or for bookings at the counter and by phone, until `until_hours` before they begin."""

    kept_for = OneOf(*KEPT_FOR, required=True, example="elders")
    hours = ListOf(
        fields.Nested(WeekdayHours),
        most=MOST_SPANS,
        required=True,
        example=[{"weekday": 2, "opens": "09:00", "closes": "11:00"}],
    )
    until_hours = Count(required=True, most=MOST_HOURS_BEFORE, example=48)

    @validates_schema
    def _hours_are_apart(self, data: dict[str, Any], **_: Any) -> None:
        check_hours(data["hours"], "hours")


def check_shares(shares: list[dict[str, Any]]) -> None:
    """Raises FieldError if there are two shares for the same people."""
    if len({share["kept_for"] for share in shares}) != len(shares):
        raise FieldError(SHARE_TWICE, "shares")


class Opening(Answer):
    weekday = number(5, description="1 is Monday")
    at = text("10:00", description="local time")
    weeks_ahead = number(2)
    first = fields.List(
        fields.String(), required=True, metadata={"example": ["elders"], "description": f"who comes first: {', '.join(FIRST)}"}
    )
    head_start_hours = number(24, description="so long before everybody else")
    rested_days = number(30, description="`rested` are households without a booking of this kind in so many days")


class KeptHours(Answer):
    weekday = number(2, description="1 is Monday")
    opens = text("09:00")
    closes = text("11:00")


class Share(Answer):
    kept_for = word(KEPT_FOR)
    hours = fields.List(fields.Nested(KeptHours), required=True)
    until_hours = number(48, description="so long before they begin, what is left opens to everybody")
