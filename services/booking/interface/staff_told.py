"""Which staff hear of what happens to the bookings of a space, and who gets the list of the next day."""

from typing import Any

from chassis.rpc.interface import Id, ListOf, Part, Rule, Words
from chassis.rpc.interface.fields import Pattern

MOST_TOLD = 20  # accounts for each of TOLD
NO_LIST_TIME = Rule(
    "no_list_time",
    "Say when the list of the next day is sent, because somebody gets it.",
    "有人要收次日清单，请填写发送时间。",
)
NOT_A_LIST_TIME = Rule(
    "not_a_list_time", "A time of day is like 18:00, from 00:00 to 23:59.", "时间应如 18:00，从 00:00 到 23:59。"
)
TOLD = Words(
    {
        "new": ("新预约", "New bookings"),
        "changes": ("取消和改期", "Cancelled or moved"),
        "requests": ("新申请", "Requests"),
        "no_shows": ("未到场", "No-shows"),
        "tomorrow": ("次日清单", "The next day's list"),
    }
)


class StaffTold(Part.from_dict({code: ListOf(Id(), most=MOST_TOLD, distinct=True, example=[]) for code in TOLD})):  # type: ignore[misc]
    """The accounts of staff that hear of it, by what they hear of. A list that is left out is empty."""


def list_time(**more: Any) -> Pattern:
    """A local time of day."""
    return Pattern(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", NOT_A_LIST_TIME, example="18:00", allow_none=True, **more)
