"""Messages about bookings. They carry ids, times and public names only. Purposes and reasons are written by people and are
never published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.models import Booking
from services.booking.calendar.messages import CONTRACTS
from services.booking.equipment.storage import Booked
from services.booking.interface.booking_words import DECLINED_BECAUSE, STAFF_REASONS
from services.booking.spaces.models import Space

__all__ = [
    "CONTRACTS",
    "about_answer",
    "about_equipment",
    "booking_message",
    "declined",
    "moved_from",
    "request_lapsed",
    "requested",
    "staff_reason",
    "words_of_lost",
]


def booking_message(
    type_: str, booking: Booking, occurred_at: datetime, *, system_id: UUID | None = None, **facts: Any
) -> Message:
    """A message of `type_` (for example `booking.cancelled.v1`) about a change that happened at `occurred_at` (aware).
    `system_id` is the other system that made the change. `facts` are the fields that only this type has. Call this after the
    change: the message carries the booking's version, which must be the new one."""
    if system_id is not None:
        facts["system_id"] = system_id
    if booking.series_id is not None:
        facts["series_id"] = booking.series_id
    staff = sorted({*facts.pop("staff_ids", ()), *booking.space.staff_for(type_)})
    if staff:
        facts["staff_ids"] = staff
    if booking.space.lock_id is not None:
        facts["door_code"] = True
    shared = {
        "booking_id": booking.id,
        "space_id": booking.space_id,
        "space_name": booking.space.name,
        "section": booking.space.section,
        "resident_id": booking.resident_id,
        "starts_at": booking.starts_at,
        "ends_at": booking.ends_at,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=booking.id,
        version=booking.version,
        community_id=booking.community_id,
        occurred_at=occurred_at,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )


def moved_from(booking: Booking, space: Space, starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    """The fields that say where `booking` was before it moved. The space is left out if it is the same. The staff of another
    one hear of it too."""
    times: dict[str, Any] = {"previous_starts_at": starts_at, "previous_ends_at": ends_at}
    if space.id == booking.space_id:
        return times
    staff = space.staff_for("booking.rescheduled.v1")
    return times | {"previous_space_id": space.id, "previous_space_name": space.name, "staff_ids": staff}


def staff_reason(code: str | None) -> dict[str, Any]:
    """The reason of staff (STAFF_REASONS), in the words that there are for it. Empty if there is none."""
    return {"staff_reason": STAFF_REASONS.labels[code]} if code else {}


def requested(booking: Booking, now: datetime, *, system_id: UUID | None = None, **facts: Any) -> Message:
    """The message about a new request, or one that has another time now: then with `moved_from`."""
    return booking_message("booking.requested.v1", booking, now, system_id=system_id, **about_answer(booking), **facts)


def about_answer(booking: Booking) -> dict[str, Any]:
    """Who answers, and by when. Without `approver_ids`, the desk does."""
    approvers = {"approver_ids": [str(one) for one in booking.space.approver_ids]} if booking.space.approver_ids else {}
    return {"answer_by": booking.answer_by} | approvers


def about_equipment(booking: Booking) -> dict[str, Any]:
    """The equipment that is reserved, and what is not available. Empty for a booking without equipment."""
    if not booking.with_equipment:
        return {}
    has = [one for one in booking.equipment if one.state == "claimed"]
    lost = [one for one in booking.equipment if one.state == "lost"]
    words = {"equipment_words": _words(has)} if has else {}
    words |= {"missing_equipment_words": _words(lost)} if lost else {}
    return {"equipment": [_thing(one) for one in has], "missing_equipment": [_thing(one) for one in lost]} | words


def words_of_lost(things: Sequence[Booked]) -> dict[str, str] | None:
    """What is not available of them, for people."""
    return _words(lost) if (lost := [one for one in things if one.state == "lost"]) else None


def _words(things: Sequence[Booked]) -> dict[str, str]:
    """What they are, for people: 投影仪×1、折叠椅×20."""
    return {
        "zh-CN": "、".join(f"{one.name['zh-CN']}×{one.quantity}" for one in things),
        "en": ", ".join(f"{one.name.get('en') or one.name['zh-CN']} × {one.quantity}" for one in things),
    }


def _thing(one: Booked) -> dict[str, Any]:
    return {"kind_id": str(one.kind_id), "name": one.name, "quantity": one.quantity}


def declined(booking: Booking, now: datetime, alternatives: Sequence[Any] = (), **facts: Any) -> Message:
    """The message about a request that was declined."""
    reason: dict[str, Any] = {
        "reason": booking.decline_reason,
        "reason_words": DECLINED_BECAUSE.labels[booking.decline_reason or "other"],
    }
    return booking_message("booking.declined.v1", booking, now, **reason, alternatives=list(alternatives), **facts)


def request_lapsed(booking: Booking, now: datetime) -> Message:
    """The message about a request that nobody has answered in time."""
    return booking_message("booking.request_lapsed.v1", booking, now)
