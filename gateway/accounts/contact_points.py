"""Tells notify how residents are reached: their own phone, the phone of a relative, and the guardians of a child.

Sign-in does not wait for notify and does not fail with it. It sets `contact_due` on the account, and a job sends the number
later. No transaction is open while notify is called. Each account is leased first, so that only one gateway at a time sends it.
The lease of a gateway that was killed expires. Sending a number twice does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, func, or_, select, update

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts import ages
from gateway.accounts.families.models import Guardianship
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields

CHANNEL = "gateway_contact_due"
LEASE = timedelta(seconds=60)  # longer than the timeout of a call to notify
_BATCH = 20


@dataclass(frozen=True, slots=True)
class _Due:
    account_id: UUID
    community_id: str
    phone: bytes | None
    language: str
    contact_phone: bytes | None
    claimed_at: datetime | None
    name: bytes | None
    birth_year: int | None
    taken_at: datetime | None
    guardians: tuple[UUID, ...]


def hand_over(
    engine: Engine,
    personal: PersonalFields,
    put: Callable[..., object],
    relate: Callable[..., object] | None = None,
    withdraw: Callable[[str, UUID], object] | None = None,
) -> bool:
    """Send due phone numbers to notify with `put(community_id, **values)` (notify.put_contact_point of that community), and
    relatives with `relate(community_id, **values)` (notify.put_relatives). `withdraw(community_id, account_id)` removes the
    phone of an account that has none any more, because the number is somebody else's now. Stops at the first one that notify
    refuses. Returns True if the next round should follow at once."""
    for _ in range(_BATCH):
        if (due := _take(engine)) is None:
            return False
        try:
            if due.phone is not None:
                put(due.community_id, **_contact_point(due, due.phone, personal))
            elif withdraw is not None and due.claimed_at is not None:
                withdraw(due.community_id, due.account_id)
            if relate is not None:
                relate(due.community_id, **_relatives(due, personal))
        except (Refusal, Refused):
            _give_back(engine, due)
            return False
        _settle(engine, due)
    return True


def is_due(account: Account) -> None:
    """Say that notify must be told anew how this resident is reached. Wake the job in the same transaction."""
    account.contact_due, account.contact_taken_at = True, None


def _take(engine: Engine) -> _Due | None:
    """Lease the next account whose phone is due, by the database's clock. None if there is none."""
    now = func.clock_timestamp()
    free = or_(Account.contact_taken_at.is_(None), Account.contact_taken_at < now - LEASE)
    due = select(Account.id).where(Account.contact_due, free)
    following = due.order_by(Account.id).limit(1).with_for_update(skip_locked=True)
    take = update(Account).where(Account.id == following.scalar_subquery()).values(contact_taken_at=now)
    columns = (Account.id, Account.community_id, Account.phone, Account.language, Account.contact_phone, Account.name)
    with transaction(engine) as session:
        returned = take.returning(*columns, Account.claimed_at, Account.birth_year, Account.contact_taken_at)
        row = session.execute(returned).first()
        if row is None:
            return None
        guardians = session.scalars(select(Guardianship.guardian_id).where(Guardianship.child_id == row.id)).all()
    return _Due(
        account_id=row.id,
        community_id=row.community_id,
        phone=row.phone,
        language=row.language,
        contact_phone=row.contact_phone,
        claimed_at=row.claimed_at,
        name=row.name,
        birth_year=row.birth_year,
        taken_at=row.contact_taken_at,
        guardians=tuple(guardians),
    )


def _settle(engine: Engine, due: _Due) -> None:
    """What was changed while notify was called stays due: a change ends the lease (`is_due`)."""
    changed = or_(Account.contact_taken_at.is_distinct_from(due.taken_at), Account.phone.is_distinct_from(due.phone))
    done = update(Account).where(Account.id == due.account_id).values(contact_due=changed, contact_taken_at=None)
    with transaction(engine) as session:
        session.execute(done)


def _give_back(engine: Engine, due: _Due) -> None:
    with transaction(engine) as session:
        session.execute(update(Account).where(Account.id == due.account_id).values(contact_taken_at=None))


def _contact_point(due: _Due, phone: bytes, personal: PersonalFields) -> dict[str, Any]:
    return {
        "account_id": str(due.account_id),
        "channel": "sms",
        "address": personal.open(phone),
        "verified": True,
        "language": due.language,
    }


def _relatives(due: _Due, personal: PersonalFields) -> dict[str, Any]:
    """An own phone is enough. Guardians are told until the child counts as an adult."""
    values: dict[str, Any] = {"account_id": str(due.account_id), "guardian_ids": [str(one) for one in due.guardians]}
    if due.phone is None and due.contact_phone is not None:
        values["phone"] = personal.open(due.contact_phone)
        if due.name is not None:
            values["name"] = personal.open(due.name)
    if due.guardians and due.birth_year is not None:
        values["until"] = datetime(due.birth_year + ages.ADULT + 1, 1, 1, tzinfo=UTC)
    return values
