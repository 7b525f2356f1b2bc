"""What the messages of other services change about a reminder."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

Data = Mapping[str, Any]
EXPECT: Final = "expect"
DROP: Final = "drop"
_CHANGES: Final = {
    "booking.confirmed.v1": EXPECT,
    "booking.rescheduled.v1": EXPECT,
    "booking.ended_early.v1": DROP,
    "booking.no_show.v1": DROP,
    "booking.no_show_undone.v1": DROP,
    "booking.equipment_changed.v1": EXPECT,
    "booking.appeal_answered.v1": DROP,
    "booking.cancelled.v1": DROP,
    "booking.wait_offered.v1": EXPECT,
    "booking.wait_unfulfilled.v1": DROP,
    "booking.need_asked.v1": EXPECT,
    "booking.need_settled.v1": DROP,
    "booking.requested.v1": DROP,
    "booking.declined.v1": DROP,
    "booking.request_lapsed.v1": DROP,
    "registration.confirmed.v1": EXPECT,
    "registration.promoted.v1": EXPECT,
    "registration.waitlisted.v1": DROP,
    "registration.moved.v1": EXPECT,
    "registration.cancelled.v1": DROP,
}
_SHOWN: Final = {
    "booking": ("space_name", "door_code"),
    "question": (
        "space_name",
        "closure_reason",
        "previous_space_name",
        "previous_starts_at",
        "previous_ends_at",
        "frees",
    ),
    "registration": ("title", "location", "seats"),
    "wait": ("space_name", "earlier", "offer_id"),
}
_OF_BOOKING: Final = {"booking.need_": "question", "booking.wait_": "wait"}


def change_of(type_: str, data: Data) -> str | None:
    """EXPECT: the thing takes place at the time in the message. DROP: nobody is reminded of it. None: the message is not about
    something that people are reminded of. Who waits for seats, or for approval, is not reminded."""
    return DROP if data.get("state") == "waitlisted" else _CHANGES.get(type_)


def subject_of(type_: str, data: Data) -> tuple[str, UUID]:
    """Kind and id of the thing: `("booking", <booking_id>)`."""
    kind = next((kind for start, kind in _OF_BOOKING.items() if type_.startswith(start)), type_.split(".", 1)[0])
    return kind, data[f"{kind}_id"]


def content_of(type_: str, data: Data) -> dict[str, Any]:
    """What the text of the reminder shows, besides the time."""
    kind, _ = subject_of(type_, data)
    # What a question about a date of a series does not have, the reader has filled in.
    shown = {name: data[name] for name in _SHOWN[kind] if name in data and (kind != "question" or data[name] not in (None, ""))}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in shown.items()}
