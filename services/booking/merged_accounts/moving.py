"""Moves bookings and series to the account that stays."""

from uuid import UUID

from sqlalchemy import update

from chassis.rpc.call import Call
from services.booking.bookings.models import Booking
from services.booking.series.models import Series


def move(call: Call, goes: UUID, stays: UUID) -> None:
    """Nothing of them changes otherwise, so their versions stay, and nothing is announced."""
    # Series before bookings, which is the order of locks.
    call.session.execute(update(Series).where(Series.resident_id == goes).values(resident_id=stays))
    call.session.execute(update(Series).where(Series.booked_by == goes, Series.resident_id == stays).values(booked_by=stays))
    decided = update(Series).where(Series.not_asked_by == goes, Series.resident_id == stays)
    call.session.execute(decided.values(not_asked_by=stays))
    call.session.execute(update(Booking).where(Booking.resident_id == goes).values(resident_id=stays))
    call.session.execute(update(Booking).where(Booking.booked_by == goes, Booking.resident_id == stays).values(booked_by=stays))
