"""Announces the work of all staff again, for services that have missed who left."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from chassis.messaging import outbox
from gateway.accounts.models import Account
from gateway.accounts.staff.messages import work_changed


def announce_all(session: Session, now: datetime) -> int:
    """Publish of every member of staff whether and where they work, also of those who are switched off. Each account gets a new
    version, because a message needs one. `now` is aware. Returns how many there are."""
    staff = select(Account).options(selectinload(Account.grants)).where(Account.party == "staff")
    accounts = session.scalars(staff.order_by(Account.id).with_for_update(of=Account)).all()
    for account in accounts:
        account.work_told_at = now
        account.changed()
    session.flush()
    outbox.add(session, *(work_changed(account, None, now) for account in accounts))
    return len(accounts)
