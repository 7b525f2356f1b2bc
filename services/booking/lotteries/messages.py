"""Messages about entries of lotteries. They carry ids, times and public names only. Call these after the change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message, plain
from services.booking.bookings.messages import CONTRACTS
from services.booking.bookings.models import Booking
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import CANCELLED_BECAUSE
from services.booking.lotteries.models import Lottery, LotteryEntry


def entered_message(lottery: Lottery, entry: LotteryEntry, now: datetime) -> Message:
    """Staff have entered the resident. The lottery must have its times."""
    times = {time.number: time for time in lottery.times}
    wishes = [_time(times[number]) for number in entry.wishes]
    return _message("booking.lottery_entered.v1", lottery, entry, now, draws_at=lottery.draws_at, wishes=wishes)


def result_message(
    lottery: Lottery, entry: LotteryEntry, won: Sequence[Booking], still_free: Sequence[dict[str, Any]], now: datetime
) -> Message:
    """What the entry has won. `still_free` are times that can be booked now."""
    facts = {"number": entry.number, "won": [_won(booking) for booking in won], "still_free": list(still_free)}
    return _message("booking.lottery_drawn.v1", lottery, entry, now, **facts)


def cancelled_message(lottery: Lottery, entry: LotteryEntry, now: datetime) -> Message:
    """The lottery does not take place."""
    words = CANCELLED_BECAUSE.labels[lottery.cancelled_because or "other"]
    return _message("booking.lottery_cancelled.v1", lottery, entry, now, reason=lottery.cancelled_because, reason_words=words)


def _won(booking: Booking) -> dict[str, Any]:
    return {"booking_id": str(booking.id), **_time(booking)}


def _time(one: Booking | LotteryTime) -> dict[str, Any]:
    return {
        "space_id": str(one.space_id),
        "space_name": one.space.name,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat(),
    }


def _message(type_: str, lottery: Lottery, entry: LotteryEntry, now: datetime, **facts: Any) -> Message:
    shared = {
        "entry_id": entry.id,
        "lottery_id": lottery.id,
        "title": lottery.title,
        "section": lottery.section,
        "resident_id": entry.resident_id,
    }
    return CONTRACTS.message(
        type_,
        aggregate_id=entry.id,
        version=entry.version,
        community_id=entry.community_id,
        occurred_at=now,
        data={name: plain(value) for name, value in (shared | facts).items()},
    )
