"""What answers about lotteries and entries need besides the rows."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.booking.lotteries import storage
from services.booking.lotteries.models import Lottery, LotteryEntry


def with_counts(session: Session, lotteries: Sequence[Lottery]) -> Sequence[Lottery]:
    """The same, with the number of entries of those that are open. One statement, or none."""
    session.flush()
    if running := [lottery.id for lottery in lotteries if lottery.closed_at is None]:
        counts = storage.count_entries(session, running)
        for lottery in lotteries:
            lottery.counted = counts.get(lottery.id, 0)  # type: ignore[misc]
    return lotteries


def with_bookings(session: Session, entries: Sequence[LotteryEntry]) -> Sequence[LotteryEntry]:
    """The same, with the bookings of what they won. One statement, or none."""
    session.flush()
    if won := [entry.id for entry in entries if entry.state == "won"]:
        bookings = storage.wins_of(session, won)
        for entry in entries:
            entry.bookings = {number: booking for (of, number), booking in bookings.items() if of == entry.id}  # type: ignore[misc]
    return entries
