"""Selects and changes of guardians."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.relatives.models import Guardian


def guardians_of(session: Session, account_id: UUID, now: datetime) -> Sequence[UUID]:
    """Those who are notified at `now` (aware), by id."""
    found = select(Guardian.guardian_id).where(Guardian.account_id == account_id, Guardian.until > now)
    return session.scalars(found.order_by(Guardian.guardian_id)).all()


def replace_guardians(session: Session, account_id: UUID, guardian_ids: Iterable[UUID], until: datetime | None) -> None:
    session.execute(delete(Guardian).where(Guardian.account_id == account_id))
    rows = [{"account_id": account_id, "guardian_id": one, "until": until} for one in sorted(set(guardian_ids))]
    if rows and until is not None:
        session.execute(insert(Guardian).values(rows).on_conflict_do_nothing())


def move_guardians(session: Session, goes: UUID, stays: UUID) -> None:
    """A merged account is neither child nor guardian any more. The gateway says anew who the guardians of the other are."""
    session.execute(delete(Guardian).where(Guardian.account_id == goes))
    children = select(Guardian.account_id, Guardian.until).where(Guardian.guardian_id == goes, Guardian.account_id != stays)
    rows = [{"account_id": child, "guardian_id": stays, "until": until} for child, until in session.execute(children)]
    session.execute(delete(Guardian).where(Guardian.guardian_id == goes))
    if rows:
        session.execute(insert(Guardian).values(rows).on_conflict_do_nothing())
