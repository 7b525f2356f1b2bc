"""Keys for other systems: made and revoked by an admin, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select
from sqlalchemy.orm import Session

from chassis.rpc.refusal import NotFound
from gateway.accounts.models import Account, ApiKey

# What a key may be allowed to do. Never `gateway`: services trust that scope with everything.
SCOPES = ("messages:read",)
PREFIX = "lk_"


def create(
    session: Session, *, label: str, scopes: Sequence[str], community_id: str, created_by: UUID, now: datetime
) -> tuple[str, ApiKey]:
    """A new key: its secret, which is told once, and its row."""
    public = PREFIX + secrets.token_hex(4)
    secret = f"{public}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        community_id=community_id,
        label=label,
        prefix=public,
        secret_hash=_hash(secret),
        scopes=sorted(set(scopes)),
        created_by=created_by,
        created_at=now,
    )
    session.add(key)
    session.flush()
    return secret, key


def find(session: Session, secret: str, *, demo: bool) -> ApiKey | None:
    """The key in force; None if it is unknown or revoked, or while the demo is off (`demo`) one of the demo's."""
    if not secret.startswith(PREFIX):
        return None
    return session.scalar(select(ApiKey).where(ApiKey.secret_hash == _hash(secret), _in_force(demo)))


def in_force(session: Session, key_id: UUID, *, demo: bool) -> bool:
    """True while the key may be used (long-lived streams ask now and then)."""
    return session.scalar(select(ApiKey.id).where(ApiKey.id == key_id, _in_force(demo))) is not None


def one(session: Session, key_id: UUID, *, lock: bool = False) -> ApiKey:
    """The key; `lock` it for a change. Raises NotFound."""
    if (key := session.get(ApiKey, key_id, with_for_update=lock or None)) is None:
        raise NotFound()
    return key


def _in_force(demo: bool) -> ColumnElement[bool]:
    # Whoever knew the demo's passwords could make a key, and keep it.
    made_in_demo = exists().where(Account.id == ApiKey.created_by, Account.demo)
    return and_(ApiKey.revoked_at.is_(None), or_(literal(demo), ~made_in_demo))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
