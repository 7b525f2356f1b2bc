"""Sends the phone numbers of residents to notify, as their contact points.

Sign-in does not wait for notify and does not fail with it. It sets `contact_due` on the account, and a job sends the number
later. No transaction is open while notify is called. Each account is leased first, so that only one gateway at a time sends it.
The lease of a gateway that was killed expires. Sending a number twice does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, or_, select, update

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields

CHANNEL = "gateway_contact_due"
LEASE = timedelta(seconds=60)  # longer than the timeout of a call to notify
_BATCH = 20


@dataclass(frozen=True, slots=True)
class _Due:
    account_id: UUID
    community_id: str
    phone: bytes
    language: str


def hand_over(engine: Engine, personal: PersonalFields, put: Callable[..., object]) -> bool:
    """Send due phone numbers to notify with `put(community_id, **values)` (notify.put_contact_point of that community). Stops
    at the first one that notify refuses. Returns True if the next round should follow at once."""
    for _ in range(_BATCH):
        if (due := _take(engine)) is None:
            return False
        try:
            put(due.community_id, **_contact_point(due, personal))
        except (Refusal, Refused):
            _give_back(engine, due)
            return False
        _settle(engine, due)
    return True


def _take(engine: Engine) -> _Due | None:
    """Lease the next account whose phone is due, by the database's clock. None if there is none."""
    now = func.clock_timestamp()
    free = or_(Account.contact_taken_at.is_(None), Account.contact_taken_at < now - LEASE)
    due = select(Account.id).where(Account.contact_due, Account.phone.is_not(None), free)
    following = due.order_by(Account.id).limit(1).with_for_update(skip_locked=True)
    take = update(Account).where(Account.id == following.scalar_subquery()).values(contact_taken_at=now)
    with transaction(engine) as session:
        row = session.execute(take.returning(Account.id, Account.community_id, Account.phone, Account.language)).first()
    return None if row is None or row.phone is None else _Due(row.id, row.community_id, row.phone, row.language)


def _settle(engine: Engine, due: _Due) -> None:
    """A phone that was changed while notify was called stays due."""
    sent = Account.phone == due.phone
    done = (
        update(Account)
        .where(Account.id == due.account_id)
        .values(contact_due=func.coalesce(~sent, False), contact_taken_at=None)
    )
    with transaction(engine) as session:
        session.execute(done)


def _give_back(engine: Engine, due: _Due) -> None:
    with transaction(engine) as session:
        session.execute(update(Account).where(Account.id == due.account_id).values(contact_taken_at=None))


def _contact_point(due: _Due, personal: PersonalFields) -> dict[str, Any]:
    return {
        "account_id": str(due.account_id),
        "channel": "sms",
        "address": personal.open(due.phone),
        "verified": True,
        "language": due.language,
    }
