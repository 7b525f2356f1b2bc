"""Ceremonies of WebAuthn: a challenge is made for one client, and used once.

The client proves that it began the ceremony with a random token. Its row is deleted in a transaction of its own before anything
is verified, so also a wrong answer ends it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete

from gateway.accounts.call import AccountCall
from gateway.factors.models import Ceremony
from gateway.refusals.factors import CeremonyOver

VALID_FOR: Final = timedelta(minutes=5)
CHALLENGE: Final = 32  # bytes


@dataclass(frozen=True, slots=True)
class Site:
    """Where a ceremony takes place. `domain` is the RP ID. `origin` is that of the pages, such as https://linli.example."""

    domain: str
    origin: str


@dataclass(frozen=True, slots=True)
class Begun:
    """`token` is the only copy; the database has its hash."""

    token: str
    challenge: bytes


def begin(call: AccountCall, site: Site, account_id: UUID | None = None) -> Begun:
    """A new ceremony. With `account_id` it is a registration in the session of the request."""
    begun = Begun(secrets.token_urlsafe(32), secrets.token_bytes(CHALLENGE))
    call.session.add(
        Ceremony(
            token_hash=_hash(begun.token),
            challenge=begun.challenge,
            domain=site.domain,
            origin=site.origin,
            account_id=account_id,
            session_id=call.accounts.session_id if account_id else None,
            expires_at=call.now + VALID_FOR,
        )
    )
    return begun


def end(call: AccountCall, token: str, account_id: UUID | None = None) -> Ceremony:
    """End the ceremony that `begin` began for the same account and session. Commit before its answer is verified. Raises
    CeremonyOver if it is unknown, expired, was ended before, or is of another session."""
    session_id = call.accounts.session_id if account_id else None
    row = call.session.execute(
        delete(Ceremony)
        .where(
            Ceremony.token_hash == _hash(token),
            Ceremony.expires_at > call.now,
            Ceremony.account_id.is_not_distinct_from(account_id),
            Ceremony.session_id.is_not_distinct_from(session_id),
        )
        .returning(Ceremony.challenge, Ceremony.domain, Ceremony.origin)
    ).first()
    if row is None:
        raise CeremonyOver()
    return Ceremony(challenge=row.challenge, domain=row.domain, origin=row.origin)


def _hash(token: str) -> bytes:
    """A plain hash is enough, because tokens are long and random."""
    return hashlib.sha256(token.encode()).digest()
