"""Cases of one account, and their history, without the person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from chassis.database import erased
from services.cases.cases.models import Case, HistoryEntry
from services.cases.interface.states import ENDED_UNSETTLED, State

_OVER = (State.CLOSED, *ENDED_UNSETTLED)
# The trigger of the history allows this transaction to take an actor out. It allows nothing else.
_ALLOW = text("SELECT set_config('linli.erasure', 'on', true)")
_FORBID = text("SELECT set_config('linli.erasure', 'off', true)")


def lock_cases_of(session: Session, account_id: UUID) -> dict[UUID, bool]:
    """Every case that the account reported, locked in the order of ids: whether it is still open."""
    of_account = select(Case.id, Case.state).where(Case.reporter_id == account_id).order_by(Case.id).with_for_update()
    return {case_id: state not in _OVER for case_id, state in session.execute(of_account)}


def unname(session: Session, account_id: UUID, case_ids: Sequence[UUID]) -> int:
    """Take the person out of the cases and of the steps that they took. Returns the number of these steps."""
    session.execute(_ALLOW)
    own = update(HistoryEntry).where(HistoryEntry.case_id.in_(case_ids), HistoryEntry.actor_id == account_id)
    steps = session.execute(own.values(actor_id=None).returning(HistoryEntry.id), execution_options=_PLAIN).all()
    session.execute(_FORBID)
    session.execute(update(Case).where(Case.id.in_(case_ids)).values(reporter_id=None), execution_options=_PLAIN)
    return len(steps)


_PLAIN = {"synchronize_session": False}


def returned(session: Session) -> Sequence[UUID]:
    """Accounts that were erased before, and have cases again after a restore."""
    found = select(Case.reporter_id).where(Case.reporter_id.is_not(None), erased.on_the_list(Case.reporter_id)).distinct()
    return [account_id for account_id in session.scalars(found) if account_id is not None]
