"""Bookings of one account: those to come, and all of them without the person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, cast, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, selectinload

from chassis.database import erased
from services.booking.appeals.models import Appeal
from services.booking.bookings.models import Booking
from services.booking.counters.models import Ticket
from services.booking.explanations.models import RefusedAttempt
from services.booking.interface.booking_words import ACTIVE
from services.booking.lending.models import EquipmentLoan
from services.booking.lotteries.models import ENTERED, LotteryEntry
from services.booking.series.models import Series
from services.booking.waits.models import Wait, WaitOffer

_PLAIN = {"synchronize_session": False}
# Each move stays, with a null instead of what somebody wrote.
_move = func.jsonb_array_elements(Booking.beyond_moves).table_valued(column("value", JSONB), name="move").render_derived()
_WITHOUT_REASONS = (
    select(func.jsonb_agg(_move.c.value.op("||")(cast({"reason": None}, JSONB)))).select_from(_move).scalar_subquery()
)


def lock_all_of(session: Session, account_ids: Sequence[UUID]) -> None:
    """Lock the entries, waits, series and bookings of the accounts, in the order of locks and each by id."""
    for model in (LotteryEntry, Wait, Series, Booking):
        owned = select(model.id).where(model.resident_id.in_(account_ids))
        session.execute(owned.order_by(model.id).with_for_update(of=model)).all()


def lock_coming(session: Session, account_id: UUID, now: datetime) -> Sequence[Booking]:
    """The account's bookings that have not started, with their spaces, locked in the order of their ids."""
    statement = select(Booking).options(
        selectinload(Booking.space)
    )  # a join would miss one that is just moved to another space
    coming = statement.where(Booking.resident_id == account_id, Booking.starts_at > now, Booking.state.in_(ACTIVE))
    return session.scalars(coming.order_by(Booking.id).with_for_update(of=Booking)).all()


def unname(session: Session, account_id: UUID) -> int:
    """Take the person out of the account's bookings. Each names itself instead of a resident: no two of them can be brought
    together, and nobody has such an account. Bookings that the person made for others, such as a child, lose who made them.
    Returns how many there were."""
    for_others = update(Booking).where(Booking.booked_by == account_id, Booking.booked_by != Booking.resident_id)
    session.execute(for_others.values(booked_by=Booking.id), execution_options=_PLAIN)
    decided = update(Booking).where(Booking.decided_by == account_id)
    session.execute(decided.values(decided_by=Booking.id), execution_options=_PLAIN)
    of_account = update(Booking).where(Booking.resident_id == account_id)
    unnamed = of_account.values(
        resident_id=Booking.id,
        booked_by=case((Booking.booked_by == account_id, Booking.id), else_=Booking.booked_by),
        household_id=None,
        home_id=None,
        purpose=None,
        beyond_reason=None,
        beyond_moves=_WITHOUT_REASONS,
        cancel_reason=None,
        decline_note=None,
    )
    return len(session.execute(unnamed.returning(Booking.id), execution_options=_PLAIN).all())


def forget_damage(session: Session, account_id: UUID) -> None:
    """What staff wrote about equipment that the account's bookings were lent. Call it before `unname`."""
    of_account = select(Booking.id).where(Booking.resident_id == account_id)
    noted = update(EquipmentLoan).where(EquipmentLoan.booking_id.in_(of_account), EquipmentLoan.damage_note.is_not(None))
    session.execute(noted.values(damage_note=None), execution_options=_PLAIN)


def unname_lenders(session: Session, account_id: UUID) -> None:
    """Loans that the account handed out or took back stay, and each names itself instead."""
    lent = update(EquipmentLoan).where(EquipmentLoan.handed_out_by == account_id).values(handed_out_by=EquipmentLoan.id)
    session.execute(lent, execution_options=_PLAIN)
    returned = update(EquipmentLoan).where(EquipmentLoan.returned_by == account_id).values(returned_by=EquipmentLoan.id)
    session.execute(returned, execution_options=_PLAIN)


def unname_series(session: Session, account_id: UUID) -> None:
    """The same for series: a series without a person names itself."""
    for_others = update(Series).where(Series.booked_by == account_id, Series.booked_by != Series.resident_id)
    session.execute(for_others.values(booked_by=Series.id), execution_options=_PLAIN)
    unnamed = update(Series).where(Series.resident_id == account_id)
    session.execute(
        unnamed.values(
            resident_id=Series.id,
            booked_by=case((Series.booked_by == account_id, Series.id), else_=Series.booked_by),
            purpose=None,
            not_asked_reason=None,
            not_asked_by=case((Series.not_asked_by == account_id, Series.id), else_=Series.not_asked_by),
        ),
        execution_options=_PLAIN,
    )


def unname_appeals(session: Session, account_id: UUID) -> None:
    """The appeals about the account's bookings stay without words and person: each names its booking instead. Those that the
    person answered or made for a child lose the person."""
    of_account = update(Appeal).where(Appeal.resident_id == account_id)
    session.execute(
        of_account.values(resident_id=Appeal.booking_id, made_by=Appeal.booking_id, text=None, note=None),
        execution_options=_PLAIN,
    )
    for_others = update(Appeal).where(Appeal.made_by == account_id, Appeal.resident_id != account_id)
    session.execute(for_others.values(made_by=Appeal.booking_id), execution_options=_PLAIN)
    decided = update(Appeal).where(Appeal.decided_by == account_id)
    session.execute(decided.values(decided_by=Appeal.booking_id), execution_options=_PLAIN)


def unname_tickets(session: Session, account_id: UUID) -> None:
    """The tickets of ticket queues stay, without the person. An open one can still be called."""
    session.execute(update(Ticket).where(Ticket.resident_id == account_id).values(resident_id=None), execution_options=_PLAIN)


def lock_entries(session: Session, account_id: UUID) -> Sequence[LotteryEntry]:
    """The entries of the account that have not been drawn, locked in the order of their ids."""
    entered = select(LotteryEntry).where(LotteryEntry.resident_id == account_id, LotteryEntry.state == ENTERED)
    return session.scalars(entered.order_by(LotteryEntry.id).with_for_update()).all()


def unname_entries(session: Session, account_id: UUID) -> None:
    """Entries stay without the person, because the public file of a lottery has their numbers. Those that the person made for
    others, such as a child, lose who made them."""
    of_account = update(LotteryEntry).where(LotteryEntry.resident_id == account_id)
    unnamed = of_account.values(
        resident_id=None, household_id=None, home_id=None, subject_id=LotteryEntry.id, entered_by=LotteryEntry.id, results=None
    )
    session.execute(unnamed, execution_options=_PLAIN)
    for_others = update(LotteryEntry).where(LotteryEntry.entered_by == account_id)
    session.execute(for_others.values(entered_by=LotteryEntry.id), execution_options=_PLAIN)


def lock_waits(session: Session, account_id: UUID) -> Sequence[Wait]:
    """The waits of the account, locked in the order of their ids."""
    return session.scalars(select(Wait).where(Wait.resident_id == account_id).order_by(Wait.id).with_for_update()).all()


def delete_waits(session: Session, account_id: UUID) -> None:
    """Delete the waits of the account with their offers. Those that the person asked for others, such as a child, lose who
    asked."""
    of_account = select(Wait.id).where(Wait.resident_id == account_id)
    session.execute(delete(WaitOffer).where(WaitOffer.wait_id.in_(of_account)), execution_options=_PLAIN)
    session.execute(delete(Wait).where(Wait.resident_id == account_id), execution_options=_PLAIN)
    session.execute(update(Wait).where(Wait.asked_by == account_id).values(asked_by=Wait.id), execution_options=_PLAIN)


def returned(session: Session) -> Sequence[UUID]:
    """Accounts that were erased before, and have bookings again after a restore, sorted."""
    of_bookings = select(Booking.resident_id).where(erased.on_the_list(Booking.resident_id))
    of_series = select(Series.resident_id).where(erased.on_the_list(Series.resident_id))
    of_tickets = select(Ticket.resident_id).where(erased.on_the_list(Ticket.resident_id))
    of_waits = select(Wait.resident_id).where(erased.on_the_list(Wait.resident_id))
    of_attempts = select(RefusedAttempt.resident_id).where(erased.on_the_list(RefusedAttempt.resident_id))
    of_entries = select(LotteryEntry.resident_id).where(erased.on_the_list(LotteryEntry.resident_id))
    return sorted(session.scalars(of_bookings.union(of_series, of_tickets, of_waits, of_attempts, of_entries)))
