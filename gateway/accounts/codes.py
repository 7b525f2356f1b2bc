"""One-time codes: six digits, five minutes, five tries. Each that was sent is good, until one of them is used: who asks
for another one must not thereby spoil the one that the phone has already."""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gateway.accounts.models import OneTimeCode
from gateway.accounts.personal import PersonalFields
from gateway.refusals import TooManyCodes

LIFE = timedelta(minutes=5)
TRIES = 5
DEMO_CODE = "246810"
# How many codes one phone is sent: (within, at most). Bounds both the cost and the guesses.
LIMITS = ((timedelta(minutes=15), 5), (timedelta(days=1), 20))


def fresh_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def issue(session: Session, personal: PersonalFields, phone: str, code: str, *, community_id: str, now: datetime) -> UUID:
    """Make `code` a valid code of the phone, beside those that it has. Returns the id by which to take it back."""
    issued = OneTimeCode(
        community_id=community_id,
        phone_index=personal.index(phone),
        code_hash=_hash(personal, phone, code),
        tries_left=TRIES,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(issued)
    session.flush()
    return issued.id


def take_back(session: Session, code_id: UUID) -> None:
    """It was not sent after all, so it does not count either."""
    session.execute(delete(OneTimeCode).where(OneTimeCode.id == code_id))


def check_pace(session: Session, personal: PersonalFields, phone: str, now: datetime) -> None:
    """Raises TooManyCodes if the phone was sent too many already."""
    for within, at_most in LIMITS:
        sent, oldest = session.execute(
            select(func.count(), func.min(OneTimeCode.created_at)).where(
                OneTimeCode.phone_index.in_(personal.indexes(phone)), OneTimeCode.created_at > now - within
            )
        ).one()
        if sent >= at_most:
            raise TooManyCodes(retry_after=(oldest + within - now).total_seconds())


def redeem(session: Session, personal: PersonalFields, phone: str, code: str, now: datetime) -> bool:
    """Use up all codes of the phone if it is one of them. A wrong one costs each of them a try, so none is ever compared
    with more than TRIES guesses: the caller commits in both cases."""
    valid = session.scalars(
        select(OneTimeCode)
        .where(OneTimeCode.phone_index.in_(personal.indexes(phone)), OneTimeCode.expires_at > now)
        .order_by(OneTimeCode.id)
        .with_for_update()  # two guesses at once must not share a try
    ).all()
    hashes = _hashes(personal, phone, code)
    right = any(hmac.compare_digest(row.code_hash, known) for row in valid for known in hashes)
    for row in valid:
        row.tries_left -= 1
        if right or row.tries_left <= 0:
            row.expires_at = now
    return right


def _hash(personal: PersonalFields, phone: str, code: str) -> bytes:
    return personal.index(f"{phone} {code}")


def _hashes(personal: PersonalFields, phone: str, code: str) -> list[bytes]:
    return personal.indexes(f"{phone} {code}")
