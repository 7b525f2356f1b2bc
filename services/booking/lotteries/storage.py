"""Lotteries, their times, entries and wins: by id, in pages, and what the job has to do.

Locks: a lottery comes before everything else. Who enters shares its lock, who closes, draws or cancels it has it alone."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from services.booking.bookings.models import Booking
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import CANCELLED, CLOSED, DRAWN, OPEN
from services.booking.lotteries.models import ENTERED, WITHDRAWN, Lottery, LotteryEntry, LotteryWin
from services.booking.spaces.models import Space

Lock = Literal["shared", "alone"]
_OVER = (DRAWN, CANCELLED)


def find_lottery(session: Session, lottery_id: UUID, *, lock: Lock | None = None, times: bool = False) -> Lottery | None:
    """The lottery, with `times` also its times and their spaces."""
    statement = select(Lottery).where(Lottery.id == lottery_id)
    if times:
        statement = statement.options(selectinload(Lottery.times).joinedload(LotteryTime.space, innerjoin=True))
    if lock is None:
        return session.scalar(statement)
    locked = statement.with_for_update(of=Lottery, read=lock == "shared")
    return session.scalar(locked.execution_options(populate_existing=True))


def list_lotteries(session: Session, *, communities: Communities, over: bool, limit: int, cursor: str | None) -> Page[Lottery]:
    """Lotteries of `communities`: those that are not over by the time until which entries are open, or those that are over, the
    latest first."""
    statement = select(Lottery).where(within(Lottery.community_id, communities))
    statement = statement.where(Lottery.state.in_(_OVER) if over else Lottery.state.not_in(_OVER))
    way: Literal["asc", "desc"] = "desc" if over else "asc"
    return page(session, statement, keys=[(Lottery.closes_at, way), (Lottery.id, way)], limit=limit, cursor=cursor)


def count_entries(session: Session, lottery_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many entries take part in each of the lotteries."""
    counted = select(LotteryEntry.lottery_id, func.count()).where(LotteryEntry.lottery_id.in_(lottery_ids))
    counted = counted.where(LotteryEntry.state != WITHDRAWN).group_by(LotteryEntry.lottery_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def due(session: Session, now: datetime) -> Sequence[UUID]:
    """The ids of the lotteries whose entries are to be closed, or that are to be drawn, by `now`."""
    return session.scalars(select(Lottery.id).where(_is_due(now)).order_by(Lottery.draws_at, Lottery.id)).all()


def lock_due(session: Session, lottery_id: UUID, now: datetime) -> Lottery | None:
    """The lottery, locked. None if it is not due at `now`, or if another transaction has locked it: it is left to that one."""
    statement = select(Lottery).where(Lottery.id == lottery_id, _is_due(now))
    return session.scalar(statement.with_for_update(of=Lottery, skip_locked=True))


def _is_due(now: datetime) -> ColumnElement[bool]:
    to_close = (Lottery.state == OPEN) & (Lottery.closes_at <= now)
    return to_close | ((Lottery.state == CLOSED) & (Lottery.draws_at <= now))


def share_lotteries_of(session: Session, *account_ids: UUID) -> None:
    """Lock the lotteries that the accounts have entered, as who enters does: they are drawn before, or after this transaction.
    Call it before all other locks."""
    entered = select(LotteryEntry.lottery_id).where(LotteryEntry.resident_id.in_(account_ids), LotteryEntry.state == ENTERED)
    statement = select(Lottery.id).where(Lottery.id.in_(entered)).order_by(Lottery.id)
    session.execute(statement.with_for_update(of=Lottery, read=True))


def move_home(session: Session, account_id: UUID, community_id: str, since: datetime) -> None:
    """Note the new home of the account in its entries that are not drawn yet, unless something newer is known."""
    moved = update(LotteryEntry).where(LotteryEntry.resident_id == account_id, LotteryEntry.state == ENTERED)
    moved = moved.where(or_(LotteryEntry.home_since.is_(None), LotteryEntry.home_since < since))
    session.execute(moved.values(home_id=community_id, home_since=since), execution_options={"synchronize_session": False})


def load_times(session: Session, lottery: Lottery) -> None:
    """Load the times of a lottery, which was locked without them."""
    session.refresh(lottery, ["times"])


def entries_of(session: Session, lottery_id: UUID, *, numbered: bool = False) -> Sequence[LotteryEntry]:
    """The entries of a lottery that take part, by id. With `numbered`, all that were in it when entries closed."""
    statement = select(LotteryEntry).where(LotteryEntry.lottery_id == lottery_id).order_by(LotteryEntry.id)
    wanted = LotteryEntry.number.is_not(None) if numbered else LotteryEntry.state != WITHDRAWN
    return session.scalars(statement.where(wanted)).all()


def find_entry(session: Session, entry_id: UUID) -> LotteryEntry | None:
    """The entry with its lottery and its times."""
    found: LotteryEntry | None = session.scalar(_with_lottery(select(LotteryEntry).where(LotteryEntry.id == entry_id)))
    return found


def find_entry_of(session: Session, lottery_id: UUID, subject_id: UUID) -> LotteryEntry | None:
    """The entry of a household, or of a resident without one, that takes part."""
    statement = select(LotteryEntry).where(LotteryEntry.lottery_id == lottery_id, LotteryEntry.subject_id == subject_id)
    return session.scalar(statement.where(LotteryEntry.state != WITHDRAWN))


def list_entries(
    session: Session,
    *,
    communities: Communities,
    resident_ids: Sequence[UUID] | None,
    lottery_id: UUID | None,
    limit: int,
    cursor: str | None,
) -> Page[LotteryEntry]:
    """Entries in `communities` with their lotteries, the latest first."""
    statement = _with_lottery(select(LotteryEntry)).where(within(LotteryEntry.community_id, communities))
    if resident_ids is not None:
        statement = statement.where(LotteryEntry.resident_id.in_(resident_ids))
    if lottery_id is not None:
        statement = statement.where(LotteryEntry.lottery_id == lottery_id)
    keys: Any = [(LotteryEntry.entered_at, "desc"), (LotteryEntry.id, "desc")]
    return page(session, statement, keys=keys, limit=limit, cursor=cursor)


def _with_lottery(statement: Any) -> Any:
    times = joinedload(LotteryEntry.lottery, innerjoin=True).selectinload(Lottery.times)
    return statement.options(times.joinedload(LotteryTime.space, innerjoin=True))


def wins_of(session: Session, entry_ids: Collection[UUID]) -> dict[tuple[UUID, int], UUID]:
    """By entry and time: the booking that was made of what it won."""
    wins = select(LotteryWin.entry_id, LotteryWin.number, LotteryWin.booking_id).where(LotteryWin.entry_id.in_(entry_ids))
    return {(entry_id, number): booking_id for entry_id, number, booking_id in session.execute(wins)}


def add_wins(session: Session, wins: Sequence[tuple[LotteryEntry, int, Booking]]) -> None:
    """Store the bookings that were won, and by whom. A time that is won already raises IntegrityError. Two statements."""
    if not wins:
        return
    session.add_all([booking for _, _, booking in wins])
    session.flush()
    rows = [
        {
            "lottery_id": entry.lottery_id,
            "number": number,
            "entry_id": entry.id,
            "booking_id": booking.id,
            "community_id": entry.community_id,
        }
        for entry, number, booking in wins
    ]
    session.execute(insert(LotteryWin), rows)


def quarters(session: Session, community_id: str, since: datetime) -> Sequence[Row[Any]]:
    """(quarter, households, entries, won, with_nothing) of the households, and residents without one, that entered lotteries of
    the community that were drawn after `since`. The first quarter won least."""
    wins = select(func.count()).where(LotteryWin.entry_id == LotteryEntry.id).correlate(LotteryEntry).scalar_subquery()
    won = func.sum(wins).label("won")
    households = (
        select(
            func.count().label("entries"),
            won,
            func.ntile(4).over(order_by=[won, LotteryEntry.subject_id]).label("quarter"),
        )
        .join(Lottery, Lottery.id == LotteryEntry.lottery_id)
        .where(
            LotteryEntry.community_id == community_id,
            Lottery.drawn_at > since,
            LotteryEntry.number.is_not(None),
            LotteryEntry.state != WITHDRAWN,
        )
        .group_by(LotteryEntry.subject_id)
        .subquery()
    )
    statement = select(
        households.c.quarter,
        func.count().label("households"),
        func.sum(households.c.entries).label("entries"),
        func.sum(households.c.won).label("won"),
        func.count().filter(households.c.won == 0).label("with_nothing"),
    )
    return session.execute(statement.group_by(households.c.quarter).order_by(households.c.quarter)).all()


def spaces_of_kind(session: Session, community_id: str, kind: str) -> Sequence[UUID]:
    """The spaces of that kind that can be in a lottery: in use, without approval, and no whole of parts."""
    fitting = Space.active & ~Space.needs_approval & ~Space.divisible
    return session.scalars(select(Space.id).where(Space.community_id == community_id, Space.kind == kind, fitting)).all()
