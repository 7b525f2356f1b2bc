"""What staff hear of the bookings of spaces, and of cases. An admin says for each space who hears of what; of cases those hear
who work on them. Everybody may mute it."""

from typing import Final

from marshmallow import fields

from chassis.rpc.interface import Answer, Command, ListOf, OneOf, Query, Request, Words
from chassis.rpc.refusal import Forbidden

STAFF_MESSAGES: Final = Words(
    {
        "new": ("新预约", "New bookings"),
        "changes": ("取消和改期", "Cancelled or moved"),
        "requests": ("新申请（您不是审批人的场地）", "Requests for spaces that you do not approve"),
        "no_shows": ("未到场", "No-shows"),
        "tomorrow": ("次日清单", "The next day's list"),
        "cases": ("事项：新事项、退单、重办、本单位派单", "Cases: new, returned, reopened, for your department"),
    }
)


class StaffMessageChoice(Answer):
    """What you do not want to hear of the spaces about which an admin has you told, and of cases that others may see to."""

    muted = fields.List(
        fields.String(),
        required=True,
        metadata={"example": ["new"], "description": f"any of: {', '.join(STAFF_MESSAGES)}"},
    )


class GetStaffMessages(Request):
    """For yourself."""


class ChooseStaffMessages(Request):
    muted = ListOf(OneOf(*STAFF_MESSAGES), most=len(STAFF_MESSAGES), distinct=True, required=True, example=["new"])


GET_STAFF_MESSAGES = Query(
    "notify.get_staff_messages",
    "See what you do not want to hear of spaces and cases",
    takes=GetStaffMessages(),
    gives=StaffMessageChoice(),
    refuses=(Forbidden,),
)
CHOOSE_STAFF_MESSAGES = Command(
    "notify.choose_staff_messages",
    "Choose what you do not want to hear of spaces and cases",
    takes=ChooseStaffMessages(),
    gives=StaffMessageChoice(),
    refuses=(Forbidden,),
    description="From now on. Requests that you approve, and cases that you handle, cannot be muted.",
)
