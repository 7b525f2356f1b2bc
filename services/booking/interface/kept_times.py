"""The times of spaces that are kept for some or given by lottery, and when weeks open. Public: they say nothing of who has
booked."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import fields

from chassis.rpc.interface import Answer, OneOf, Query, flag, identifier, moment, text, word
from services.booking.interface.fair_opening import KEPT_FOR
from services.booking.interface.spaces import KINDS, SECTIONS
from services.booking.interface.windows import Window


class KeptTime(Answer):
    """What is left of it opens to everybody at `opens_at`."""

    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    kept_for = word(KEPT_FOR)
    opens_at = moment("2026-02-28T09:00:00+08:00")
    is_open = flag(description="whether everybody may book it now")


class LotteryKept(Answer):
    """Residents cannot book it until the lottery is drawn, at the latest at `draws_at`."""

    starts_at = moment()
    ends_at = moment("2026-03-02T11:00:00+08:00")
    lottery_id = identifier()
    draws_at = moment("2026-02-28T09:00:00+08:00")


class SpaceKept(Answer):
    space_id = identifier()
    kept = fields.List(fields.Nested(KeptTime), required=True)
    lotteries = fields.List(
        fields.Nested(LotteryKept), required=True, metadata={"description": "also those of its whole and of its parts"}
    )


class KeptTimes(Answer):
    items = fields.List(fields.Nested(SpaceKept), required=True)
    next_cursor = fields.String(allow_none=True, metadata={"example": None, "description": "always null"})

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        items = [
            {
                "space_id": str(space_id),
                "kept": KeptTime(many=True).dump(kept),
                "lotteries": [_of_lottery(one) for one in reserved],
            }
            for space_id, kept, reserved in obj
        ]
        return {"items": items, "next_cursor": None}


def _of_lottery(one: Any) -> dict[str, Any]:
    starts_at, ends_at, draws_at = (datetime.fromtimestamp(at, UTC).isoformat() for at in (one.start, one.end, one.draws_at))
    return {"starts_at": starts_at, "ends_at": ends_at, "lottery_id": str(one.lottery_id), "draws_at": draws_at}


class WeekOpening(Answer):
    """When a week, from Monday to Sunday, opens."""

    first_day = text("2026-03-16", description="its Monday, a local day")
    first_opens_at = moment("2026-03-06T10:00:00+08:00", description="for who comes first")
    opens_at = moment("2026-03-07T10:00:00+08:00", description="for everybody")


class ListKeptTimes(Window):
    section = OneOf(*SECTIONS)
    kind = OneOf(*KINDS, example="court")


LIST_KEPT_TIMES = Query(
    "booking.list_kept_times",
    "List the times that are kept for some, or given by lottery",
    takes=ListKeptTimes(),
    gives=KeptTimes(),
    description="For elders, or for bookings at the counter and by phone, also those that everybody may book by now. And those"
    " that a lottery decides.",
)
