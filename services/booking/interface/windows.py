"""The time for which free and taken times are asked."""

from datetime import timedelta
from typing import Any

from marshmallow import validates_schema

from chassis.rpc.interface import FieldError, Moment, Request, Rule, check_order

LONGEST_WINDOW = timedelta(days=31)
WINDOW_TOO_LONG = Rule("window_too_long", "At most {days} days after from.", "最多为 from 之后 {days} 天。")


class Window(Request):
    """From `from` (included) to `to` (excluded), at most 31 days."""

    start = Moment(required=True, data_key="from", example="2026-03-02T00:00:00+08:00")
    end = Moment(required=True, data_key="to", example="2026-03-03T00:00:00+08:00")

    @validates_schema
    def _is_bounded(self, data: dict[str, Any], **_: Any) -> None:
        check_order(data, "start", "end", names={"start": "from", "end": "to"})
        if data["end"] - data["start"] > LONGEST_WINDOW:
            raise FieldError(WINDOW_TOO_LONG, "to", days=LONGEST_WINDOW.days)
