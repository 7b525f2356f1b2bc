"""What follows from not coming, by community. Everybody may read it. Admins set it."""

from marshmallow import fields

from chassis.rpc.interface import Answer, Code, Command, Count, Expecting, Flag, Query, Request, flag, moment, number, text
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound

MOST_TOLERATED, MOST_FORGET_DAYS, MOST_DAYS_AHEAD = 20, 366, 366
USUAL = {"tolerated": 2, "forget_days": 60, "days_ahead": 2}  # of a community that has set none


class NoShowRule(Answer):
    community_id = text(EXAMPLE_COMMUNITY)
    version = number(1, description="counts changes; also in the ETag")
    active = flag(True)
    tolerated = number(2, description="points; who has more is restricted")
    forget_days = number(60, description="a no-show is one point, and fades evenly to nothing within so many days")
    days_ahead = number(2, maybe=True, description="how far ahead who is restricted may book; null: not at all")


class NoShowStanding(Answer):
    """How somebody stands with the rule of a space. Without `until`, nothing is restricted."""

    points = fields.Float(required=True, metadata={"example": 2.4, "description": "now, rounded to two digits"})
    no_shows = number(3, description="how many count")
    tolerated = number(2)
    forget_days = number(60)
    days_ahead = number(2, maybe=True)
    until = moment(maybe=True, description="when no more points are left than are tolerated; null: that is so now")


class GetNoShowRule(Request):
    community_id = Code(required=True, example="liuyi")


class SetNoShowRule(Expecting):
    community_id = Code(required=True, example="liuyi")
    active = Flag(required=True, example=True)
    tolerated = Count(most=MOST_TOLERATED, required=True, example=2)
    forget_days = Count(least=1, most=MOST_FORGET_DAYS, required=True, example=60)
    days_ahead = Count(most=MOST_DAYS_AHEAD, example=2, allow_none=True, description="null or left out: not at all")


GET_NO_SHOW_RULE = Query(
    "booking.get_no_show_rule",
    "Read what follows from not coming",
    takes=GetNoShowRule(),
    gives=NoShowRule(),
    description="A community that has set none has one that is not active.",
)
SET_NO_SHOW_RULE = Command(
    "booking.set_no_show_rule",
    "Set what follows from not coming",
    takes=SetNoShowRule(),
    gives=NoShowRule(),
    refuses=(Forbidden, NotFound),
    description="It holds at once, for new and moved bookings of spaces with `check_in_grace_minutes`.",
)
