"""Which centre a call is about, and what day it is there."""

from datetime import date
from zoneinfo import ZoneInfo

from chassis.config import settings
from chassis.rpc.call import Call


def community_of(call: Call) -> str:
    """The caller's community; for visitors and accounts of none, the one that this installation shows first."""
    return call.acting.community_id or settings().community


def today(call: Call) -> date:
    """The date at the centre."""
    return call.now.astimezone(ZoneInfo(settings().time_zone)).date()
