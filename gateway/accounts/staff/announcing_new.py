"""Announces the work of staff that no service has heard of: new accounts, and all that are older than this release."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.messaging import outbox
from gateway.accounts.models import Account
from gateway.accounts.staff.messages import work_changed

MOST: Final = 50  # accounts in one transaction


def announce_new(session: Session, now: datetime) -> bool:
    """Announce up to MOST accounts of staff. Each gets a new version, because a message needs one. `now` is aware. Returns
    whether there may be more. Several replicas may do it at once."""
    untold = select(Account).where(Account.party == "staff", Account.work_told_at.is_(None)).order_by(Account.id).limit(MOST)
    accounts = session.scalars(untold.with_for_update(of=Account, skip_locked=True)).all()
    for account in accounts:
        account.work_told_at = now
        account.changed()
    session.flush()
    outbox.add(session, *(work_changed(account, None, now) for account in accounts))
    return len(accounts) == MOST
