"""Free times of spaces. Public."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    FieldError,
    Id,
    Moment,
    OneOf,
    Query,
    Request,
    Rule,
    Words,
    check_order,
    identifier,
    moment,
    word,
)
from chassis.rpc.refusal import NotFound
from services.booking.interface.spaces import KINDS, SECTIONS

LONGEST_WINDOW = timedelta(days=31)
WINDOW_TOO_LONG = Rule("window_too_long", "At most {days} days after from.", "最多为 from 之后 {days} 天。")
# Why a time is not free.
BUSY_REASONS = Words(
    {
        "booked": ("已有预约", "Booked"),
        "buffer": ("整理准备", "Being prepared"),
        "closed": ("不开放", "Closed"),
        "holiday": ("节假日休息", "Closed for the holiday"),
        "blocked": ("暂停开放", "Closed for now"),
        "past": ("时间已过", "Past"),
    }
)


class Interval(Answer):
    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")


class BusyInterval(Interval):
    reason = word(BUSY_REASONS)


class Availability(Answer):
    """`free` and `busy` are sorted. Together they cover the whole time from `from` to `to`."""

    space_id = identifier()
    from_ = fields.AwareDateTime(data_key="from", required=True, metadata={"example": "2026-03-02T00:00:00+08:00"})
    to = moment("2026-03-03T00:00:00+08:00")
    free = fields.List(fields.Nested(Interval), required=True)
    busy = fields.List(fields.Nested(BusyInterval), required=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return {
            "space_id": str(obj.space_id),
            "from": obj.start.isoformat(),
            "to": obj.end.isoformat(),
            "free": _spans(obj.free),
            "busy": [{"starts_at": _time(a), "ends_at": _time(b), "reason": reason} for a, b, reason in obj.busy],
        }


class SpaceFree(Answer):
    space_id = identifier()
    free = fields.List(fields.Nested(Interval), required=True)


class CentreAvailability(Answer):
    items = fields.List(fields.Nested(SpaceFree), required=True)
    next_cursor = fields.String(allow_none=True, metadata={"example": None, "description": "always null"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        # Not dumped by marshmallow: a month of a whole centre has ten thousand spans, and that takes ten times as long.
        return {"items": [{"space_id": str(space_id), "free": _spans(free)} for space_id, free in obj], "next_cursor": None}


def _spans(spans: Iterable[tuple[int, int]]) -> list[dict[str, str]]:
    return [{"starts_at": _time(start), "ends_at": _time(end)} for start, end in spans]


@lru_cache(maxsize=8192)  # many spaces open and close at the same times, so most instants repeat
def _time(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


class Window(Request):
    """From `from` (included) to `to` (excluded), at most 31 days."""

    start = Moment(required=True, data_key="from", example="2026-03-02T00:00:00+08:00")
    end = Moment(required=True, data_key="to", example="2026-03-03T00:00:00+08:00")

    @validates_schema
    def _is_bounded(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})
        if data["end"] - data["start"] > LONGEST_WINDOW:
            raise FieldError(WINDOW_TOO_LONG, "to", days=LONGEST_WINDOW.days)


class GetAvailability(Window):
    space_id = Id(required=True)


class GetCentreAvailability(Window):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")


GET_AVAILABILITY = Query(
    "booking.get_availability",
    "Read the free times of a space",
    takes=GetAvailability(),
    gives=Availability(),
    refuses=(NotFound,),
)
GET_CENTRE_AVAILABILITY = Query(
    "booking.get_centre_availability",
    "Read the free times of all spaces",
    takes=GetCentreAvailability(),
    gives=CentreAvailability(),
)
