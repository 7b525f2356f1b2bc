"""The case of a slip, and the last steps of it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from services.cases.cases.models import Case, HistoryEntry
from services.cases.cases.slip_codes import digest

MOST_UPDATES = 100


def find_case(session: Session, number: str) -> Case | None:
    """The case with this number, if a slip opens it. Uses the partial index cases_slip."""
    statement = select(Case).where(Case.number == number, Case.slip_hash.is_not(None)).options(undefer(Case.slip_hash))
    return session.scalars(statement.limit(1)).first()


def find_case_by_token(session: Session, number: str, token: str) -> Case | None:
    """The case with this number and this token of an earlier release."""
    statement = select(Case).where(Case.lookup_digest == digest(token), Case.number == number)
    return session.scalars(statement).one_or_none()


def lock(session: Session, case: Case) -> Case:
    """The case as it is when nobody else changes it. Other changes wait until the transaction ends."""
    statement = select(Case).where(Case.id == case.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one()


def last_steps(session: Session, case: Case) -> Sequence[HistoryEntry]:
    """Newest first, at most MOST_UPDATES."""
    statement = select(HistoryEntry).where(HistoryEntry.case_id == case.id)
    return session.scalars(statement.order_by(HistoryEntry.version.desc()).limit(MOST_UPDATES)).all()
