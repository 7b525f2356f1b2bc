"""Free times of spaces. Public."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from marshmallow import fields

from chassis.rpc.interface import (
    Answer,
    Id,
    OneOf,
    Query,
    Words,
    flag,
    identifier,
    moment,
    names,
    text,
    word,
)
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.interface.closures import REASONS
from services.booking.interface.spaces import KINDS, SECTIONS
from services.booking.interface.windows import Window

# Why a time is not free.
BUSY_REASONS = Words(
    {
        "booked": ("已有预约", "Booked"),
        "held": ("为候补的人保留", "Held for who waits"),
        "event": ("活动占用", "An event"),
        "lottery": ("由抽签决定", "Decided by lottery"),
        "buffer": ("整理准备", "Being prepared"),
        "gap": ("剩余时间太短，不能预约", "Too short to book"),
        "closed": ("不开放", "Closed"),
        "holiday": ("节假日休息", "Closed for the holiday"),
        "blocked": ("暂停开放", "Closed for now"),
        "past": ("时间已过", "Past"),
        "too_soon": ("来不及预约", "Too soon to book"),
        "too_far": ("还没有开放预约", "Not open for booking yet"),
        "kept_for_elders": ("为老年人保留", "Kept for elders"),
        "kept_for_counter": ("留给窗口和电话预约", "Kept for the counter and the phone"),
    }
)
OPENS_LATER = ("kept_for_elders", "kept_for_counter", "too_far")
# How a space with parts, or a part, is taken.
TAKEN_AS = Words({"part": ("部分场地已占用", "A part is taken"), "whole": ("整个场地已占用", "The whole space is taken")})


class Interval(Answer):
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")


class BusyInterval(Interval):
    reason = word(BUSY_REASONS)
    provisional = flag(description="a holiday that was not announced yet, so it may change")
    title = names("乒乓球趣味赛", "Table tennis fun day", maybe=True, description="of an event, if it is public")
    opens_at = moment(maybe=True, description="of time that is kept, or in a week that is not open yet: when it opens for you")
    lottery_id = identifier(maybe=True, description="the lottery that decides it; of several one after the other, the first")
    draws_at = moment(maybe=True, description="when the lottery is drawn; what is left over is free then")
    taken_as = word(
        TAKEN_AS,
        maybe=True,
        description="part: only a part of the space is taken; whole: the space of which it is a part is; null: it is itself",
    )


class Closing(Interval):
    """A closure. `space_id` is the space that was closed: this one, the one that it is part of, or a part of it."""

    reason = word(REASONS)
    note = names("更换灯具", "New lamps", maybe=True)
    space_id = identifier(maybe=True, description="null: the whole community")
    space_name = names("羽毛球1号场", "Badminton court 1", maybe=True)


class Availability(Answer):
    """`free` and `busy` are sorted. Together they cover the whole time from `from` to `to`. `closures` say why time is
    `blocked`."""

    space_id = identifier()
    community_id = text(EXAMPLE_COMMUNITY)
    from_ = fields.AwareDateTime(data_key="from", required=True, metadata={"example": "2026-03-02T00:00:00+08:00"})
    to = moment("2026-03-03T00:00:00+08:00")
    free = fields.List(fields.Nested(Interval), required=True)
    busy = fields.List(fields.Nested(BusyInterval), required=True)
    closures = fields.List(fields.Nested(Closing), required=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return {
            "space_id": str(obj.space_id),
            "community_id": obj.community_id,
            "from": obj.start.isoformat(),
            "to": obj.end.isoformat(),
            "free": _spans(obj.free),
            "busy": [
                {
                    "starts_at": _time(a),
                    "ends_at": _time(b),
                    "reason": reason,
                    "provisional": reason == "holiday" and any(s < b and a < e for s, e in obj.provisional),
                    "title": title,
                    "opens_at": _opens_at(a, b, obj.opening) if reason in OPENS_LATER else None,
                    "taken_as": taken_as,
                    **_lottery(obj.lotteries if reason == "lottery" else (), a, b),
                }
                for a, b, reason, title, taken_as in obj.busy
            ],
            "closures": [_closing(closure) for closure in obj.closures],
        }


def _lottery(lotteries: Iterable[Any], start: int, end: int) -> dict[str, str | None]:
    one = next((one for one in lotteries if one.start < end and start < one.end), None)
    return {"lottery_id": str(one.lottery_id) if one else None, "draws_at": _time(one.draws_at) if one else None}


class SpaceFree(Answer):
    space_id = identifier()
    free = fields.List(fields.Nested(Interval), required=True)


class CentreAvailability(Answer):
    items = fields.List(fields.Nested(SpaceFree), required=True)
    next_cursor = fields.String(allow_none=True, metadata={"example": None, "description": "always null"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # Not dumped by marshmallow: a month of a whole centre has ten thousand spans, and that takes ten times as long.
        return {"items": [{"space_id": str(space_id), "free": _spans(free)} for space_id, free in obj], "next_cursor": None}


class ClosedTime(Interval):
    reason = word(BUSY_REASONS, description="closed, holiday or blocked")
    provisional = flag(description="a holiday that was not announced yet, so it may change")


class SpaceClosed(Answer):
    space_id = identifier()
    closed = fields.List(fields.Nested(ClosedTime), required=True)


class ClosedTimes(Answer):
    items = fields.List(fields.Nested(SpaceClosed), required=True)
    next_cursor = fields.String(allow_none=True, metadata={"example": None, "description": "always null"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        items = [{"space_id": str(space_id), "closed": [_closed(*one) for one in closed]} for space_id, closed in obj]
        return {"items": items, "next_cursor": None}


def _closed(start: int, end: int, reason: str, provisional: bool) -> dict[str, Any]:
    return {"starts_at": _time(start), "ends_at": _time(end), "reason": reason, "provisional": provisional}


def _opens_at(start: int, end: int, opening: Iterable[tuple[int, int, int]]) -> str | None:
    """The last of those times is when all of it is open."""
    found = [opens for a, b, opens in opening if a < end and start < b]
    return _time(max(found)) if found else None


def _closing(closure: Any) -> dict[str, Any]:
    return {
        "starts_at": _time(closure.start),
        "ends_at": _time(closure.end),
        "reason": closure.reason,
        "note": closure.note,
        "space_id": str(closure.space_id) if closure.space_id else None,
        "space_name": closure.space_name,
    }


def _spans(spans: Iterable[tuple[int, int]]) -> list[dict[str, str]]:
    return [{"starts_at": _time(start), "ends_at": _time(end)} for start, end in spans]


@lru_cache(maxsize=8192)  # many spaces open and close at the same times, so most instants repeat
def _time(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


class GetAvailability(Window):
    space_id = Id(required=True)
    moving = Id(
        example=None, description="a booking that you may move: it is asked for its resident, and its own time counts as free"
    )
    resident_id = Id(
        example=None,
        description="for whom: your child; for clerks and grid workers also a resident. Times can be kept for elders or for the"
        " counter, and weeks open earlier for some. Left out: for you",
    )


class GetCentreAvailability(Window):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")


class ListClosedTimes(GetCentreAvailability):
    pass


LIST_CLOSED_TIMES = Query(
    "booking.list_closed_times",
    "List the times at which spaces are closed",
    takes=ListClosedTimes(),
    gives=ClosedTimes(),
    description="Outside their hours, on holidays, and during closures. Bookings do not count.",
)
GET_AVAILABILITY = Query(
    "booking.get_availability",
    "Read the free times of a space",
    takes=GetAvailability(),
    gives=Availability(),
    refuses=(NotFound, Forbidden),
)
GET_CENTRE_AVAILABILITY = Query(
    "booking.get_centre_availability",
    "Read the free times of all spaces",
    takes=GetCentreAvailability(),
    gives=CentreAvailability(),
)
