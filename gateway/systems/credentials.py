"""The credentials of systems: keys, secrets of OAuth clients, and access tokens. Only hashes of them are stored. They are
looked up with every request, so that whatever ends them is in force at once, in every process."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select, true, update
from sqlalchemy.orm import Session

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.rights import narrowed, parsed
from gateway.accounts.admission import Admission
from gateway.accounts.models import Account
from gateway.refusals.systems import KeyExpired, KeyUnknown, SystemOff, TokenExpired
from gateway.systems.models import ApiKey, System, SystemToken
from gateway.systems.offered import texts_of

KEY_PREFIX = "lk_"
CLIENT_PREFIX = "lc_"
TOKEN_PREFIX = "lt_"  # noqa: S105 - the prefix of our tokens, not a token
TOKEN_LIFE = timedelta(hours=1)
USE_IS_NOTED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KnownSystem:
    """A system that has proved who it is, with the credential `key_id`, and with the access token `token_id` if it sent
    one. The credential ends at `ends_at`."""

    identity: Identity
    key_id: UUID
    token_id: UUID | None
    ends_at: datetime | None
    last_used_at: datetime | None
    requests_per_minute: int | None


def hash_of(secret: str) -> bytes:
    """The stored hash. A plain hash is enough, because secrets are long and random."""
    return hashlib.sha256(secret.encode()).digest()


def new_secret(kind: str, client_id: str | None = None) -> tuple[str, str]:
    """A new secret and what identifies it: the beginning of a key, or the id of a client, which keeps its id when its secret is
    replaced."""
    if kind == "client":
        return client_id or CLIENT_PREFIX + secrets.token_hex(8), secrets.token_urlsafe(32)
    public = KEY_PREFIX + secrets.token_hex(4)
    return public, f"{public}_{secrets.token_urlsafe(32)}"


def find(session: Session, secret: str, now: datetime, *, admission: Admission) -> KnownSystem:
    """The system with this API key or access token. Raises KeyUnknown, KeyExpired, TokenExpired, SystemOff."""
    statement: Any
    if secret.startswith(TOKEN_PREFIX):
        statement = _CREDENTIAL.add_columns(SystemToken.id.label("token_id"), SystemToken.rights.label("asked_for"))
        statement = statement.add_columns(SystemToken.expires_at.label("token_ends_at"))
        statement = statement.join(SystemToken, SystemToken.key_id == ApiKey.id)
        return _known(session, statement.where(SystemToken.token_hash == hash_of(secret)), now, admission, TokenExpired)
    statement = _CREDENTIAL.where(ApiKey.secret_hash == hash_of(secret), ApiKey.kind == "key")
    return _known(session, statement, now, admission, KeyUnknown)


def find_client(session: Session, client_id: str, secret: str, now: datetime, *, admission: Admission) -> KnownSystem:
    """The system with this OAuth client. Raises KeyUnknown, KeyExpired, SystemOff."""
    statement = _CREDENTIAL.where(ApiKey.secret_hash == hash_of(secret), ApiKey.kind == "client", ApiKey.prefix == client_id)
    return _known(session, statement, now, admission, KeyUnknown)


def still_known(session: Session, before: KnownSystem, now: datetime, *, admission: Admission) -> bool:
    """True while the credential may be used, with unchanged rights. Open streams call this from time to time. The end of an
    access token does not end a stream that it opened."""
    statement = _CREDENTIAL.where(ApiKey.id == before.key_id)
    try:
        found = _known(session, statement, now, admission, KeyUnknown)
    except (KeyUnknown, KeyExpired, SystemOff):
        return False
    held, had = parsed(found.identity.scopes), parsed(before.identity.scopes)
    return found.identity.reach == before.identity.reach and narrowed(had, held) == had


def note_use(session: Session, known: KnownSystem, now: datetime) -> None:
    """Store that the credential is used now. A use less than a minute after the stored one is not written."""
    before = now - USE_IS_NOTED_AFTER
    if known.last_used_at is not None and known.last_used_at > before:
        return
    unnoted = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= before)
    session.execute(update(ApiKey).where(ApiKey.id == known.key_id, unnoted).values(last_used_at=now))


def issue_token(session: Session, known: KnownSystem, rights: Iterable[str], now: datetime) -> tuple[str, datetime]:
    """A new access token with these rights, of which this is the only copy, and its end."""
    token, ends_at = TOKEN_PREFIX + secrets.token_urlsafe(32), now + TOKEN_LIFE
    if known.ends_at is not None:
        ends_at = min(ends_at, known.ends_at)
    session.add(
        SystemToken(
            community_id=known.identity.community_id or "",
            key_id=known.key_id,
            token_hash=hash_of(token),
            rights=list(rights),
            created_at=now,
            expires_at=ends_at,
        )
    )
    session.flush()
    return token, ends_at


# One indexed query with each request. Columns instead of mapped objects, which halves its cost.
_CREDENTIAL = select(
    ApiKey.id.label("key_id"),
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
    System.id.label("system_id"),
    System.community_id,
    System.communities,
    System.whole_district,
    System.rights,
    System.requests_per_minute,
    System.disabled_at,
).join(System, System.id == ApiKey.system_id)


def _known(
    session: Session,
    statement: Any,
    now: datetime,
    admission: Admission,
    unknown: type[KeyUnknown] | type[TokenExpired],
) -> KnownSystem:
    """The system of the row that `statement` finds. Raises `unknown` if there is none, and KeyUnknown, KeyExpired,
    TokenExpired, SystemOff for one that may not be used."""
    row = session.execute(statement.where(_admitted(admission))).first()
    if row is None:
        raise unknown()  # of a token: it may have expired, because expired tokens are deleted after a while
    if row.revoked_at is not None:
        raise KeyUnknown()
    if row.expires_at is not None and row.expires_at <= now:
        raise KeyExpired()
    token = row._mapping.get("token_id")
    if token is not None and row.token_ends_at <= now:
        raise TokenExpired()
    if row.disabled_at is not None:
        raise SystemOff()
    rights = row.rights
    if token is not None:
        rights = texts_of(narrowed(parsed(row.asked_for), parsed(rights)))
    return KnownSystem(
        identity=Identity(
            party="system",
            system_id=str(row.system_id),
            community_id=row.community_id or None,
            scopes=frozenset(rights),
            works_in=DISTRICT if row.whole_district else Communities.only(*row.communities),
        ),
        key_id=row.key_id,
        token_id=token,
        ends_at=row.expires_at,
        last_used_at=row.last_used_at,
        requests_per_minute=row.requests_per_minute,
    )


def _admitted(admission: Admission) -> ColumnElement[bool]:
    # The password of a sample account is public, so anybody could have made a key with it.
    made_by_sample = exists().where(Account.id == ApiKey.created_by, Account.sample)
    return or_(true() if admission.samples else false(), ~made_by_sample)
