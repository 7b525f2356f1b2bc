"""Announces the work of staff: once of those of whom no service has heard, and of all when an operator asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from chassis.messaging import outbox
from gateway.accounts.models import Account
from gateway.accounts.staff.messages import work_changed

MOST: Final = 50  # accounts in one transaction of `announce_new`


def announce_new(session: Session, now: datetime) -> bool:
    """Announce up to MOST accounts of staff that were not announced yet: new ones, and all that are older than this message.
    `now` is aware. Returns whether there may be more. Several replicas may do it at once."""
    untold = select(Account).where(Account.party == "staff", Account.work_told_at.is_(None)).order_by(Account.id).limit(MOST)
    accounts = session.scalars(untold.with_for_update(of=Account, skip_locked=True)).all()
    _announce(session, accounts, now)
    return len(accounts) == MOST


def announce_all(session: Session, now: datetime) -> int:
    """Publish of every member of staff whether and where they work, also of those who are switched off, for services that have
    missed who left. `now` is aware. Returns how many there are."""
    staff = select(Account).options(selectinload(Account.grants)).where(Account.party == "staff")
    accounts = session.scalars(staff.order_by(Account.id).with_for_update(of=Account)).all()
    _announce(session, accounts, now)
    return len(accounts)


def _announce(session: Session, accounts: Sequence[Account], now: datetime) -> None:
    """Each account gets a new version, because a message needs one."""
    for account in accounts:
        account.work_told_at = now
        account.changed()
    session.flush()
    outbox.add(session, *(work_changed(account, None, now) for account in accounts))
