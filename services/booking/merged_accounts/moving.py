"""Moves bookings, series and waits to the account that stays."""

from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from chassis.rpc.call import Call
from services.booking.appeals.models import Appeal
from services.booking.bookings.models import Booking
from services.booking.counters.models import Ticket
from services.booking.explanations import storage as explanations
from services.booking.lotteries.models import ENTERED, WITHDRAWN, LotteryEntry
from services.booking.lotteries.storage import share_lotteries_of
from services.booking.series.models import Series
from services.booking.waits import storage as waits
from services.booking.waits.models import OPEN, Wait
from services.booking.waits.offering import withdraw


def move(call: Call, goes: UUID, stays: UUID) -> None:
    """Nothing of them changes otherwise, so their versions stay, and nothing is announced."""
    share_lotteries_of(call.session, goes)
    _move_entries(call, goes, stays)
    _move_waits(call, goes, stays)
    # Series before bookings, which is the order of locks.
    call.session.execute(update(Series).where(Series.resident_id == goes).values(resident_id=stays))
    call.session.execute(update(Series).where(Series.booked_by == goes, Series.resident_id == stays).values(booked_by=stays))
    decided = update(Series).where(Series.not_asked_by == goes, Series.resident_id == stays)
    call.session.execute(decided.values(not_asked_by=stays))
    call.session.execute(update(Booking).where(Booking.resident_id == goes).values(resident_id=stays))
    call.session.execute(update(Booking).where(Booking.booked_by == goes, Booking.resident_id == stays).values(booked_by=stays))
    call.session.execute(update(Appeal).where(Appeal.resident_id == goes).values(resident_id=stays))
    call.session.execute(update(Appeal).where(Appeal.made_by == goes, Appeal.resident_id == stays).values(made_by=stays))
    _move_tickets(call, goes, stays)
    explanations.move_to(call.session, goes, stays)


def _move_entries(call: Call, goes: UUID, stays: UUID) -> None:
    """A person enters a lottery once: where the account that stays, or its household, has entered too, the other entry is
    withdrawn before the draw. After it, both stay."""
    of_old = select(LotteryEntry).where(LotteryEntry.resident_id == goes).order_by(LotteryEntry.id)
    for entry in call.session.scalars(of_old.with_for_update()).all():
        other = aliased(LotteryEntry)
        has_entered = exists().where(
            other.lottery_id == entry.lottery_id, other.resident_id == stays, other.id != entry.id, other.state != WITHDRAWN
        )
        if entry.state == ENTERED and call.session.scalar(select(has_entered)):
            entry.withdraw(call.now)
            call.session.flush()
        entry.resident_id = stays
        if entry.subject_id == goes and not call.session.scalar(select(has_entered)):
            entry.subject_id = stays
        call.session.flush()
    made = update(LotteryEntry).where(LotteryEntry.entered_by == goes, LotteryEntry.resident_id == stays)
    call.session.execute(made.values(entered_by=stays))


def _move_tickets(call: Call, goes: UUID, stays: UUID) -> None:
    """A person has one open ticket in a queue. Where both accounts have one, that of the account that goes stays without a
    person: whoever has its slip is called all the same."""
    other = aliased(Ticket)
    both = exists().where(other.resident_id == stays, other.queue_id == Ticket.queue_id, other.ended_at.is_(None))
    doubled = update(Ticket).where(Ticket.resident_id == goes, Ticket.ended_at.is_(None), both)
    call.session.execute(doubled.values(resident_id=None), execution_options={"synchronize_session": False})
    call.session.execute(update(Ticket).where(Ticket.resident_id == goes).values(resident_id=stays))


def _move_waits(call: Call, goes: UUID, stays: UUID) -> None:
    """A wait for a time for which the account that stays waits, too, ends: nobody waits twice."""
    of_old = select(Wait).where(Wait.resident_id == goes).order_by(Wait.id)
    for wait in call.session.scalars(of_old.with_for_update()).all():
        window = wait.earliest_at, wait.latest_at
        if wait.state in OPEN and wait.booking_id is None and waits.overlapping_open(call.session, stays, *window):
            withdraw(call, wait)
        wait.resident_id = stays
        call.session.flush()
    call.session.execute(update(Wait).where(Wait.asked_by == goes, Wait.resident_id == stays).values(asked_by=stays))
