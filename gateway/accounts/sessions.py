"""Sessions of signed-in clients, by opaque tokens. A lookup takes one indexed query."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, Table, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from chassis.database.storable import storable
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from gateway.accounts.admission import Admission
from gateway.accounts.models import (
    LONGEST_RESIDENT_SESSION,
    LONGEST_STAFF_SESSION,
    RESIDENT_SESSION,
    STAFF_SESSION,
    Account,
    RoleGrant,
    SignInSession,
)

TOKEN_PREFIX = "ls_"  # noqa: S105 - the prefix of our tokens, not a token
# The expiry of a session slides only after this part of its length. Otherwise every read would need a write.
_SLIDE_AFTER = 1 / 24
_LENGTHS = {True: (STAFF_SESSION, LONGEST_STAFF_SESSION), False: (RESIDENT_SESSION, LONGEST_RESIDENT_SESSION)}  # of staff?
MOST_OF_AGENT = 300


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A valid session and the identity of its account."""

    id: UUID
    identity: Identity
    expires_at: datetime
    length: timedelta
    ends_at: datetime  # the latest end

    def slides(self, now: datetime) -> bool:
        """True if enough of the session's length has passed to write a new expiry."""
        return self.until(now) - self.expires_at > self.length * _SLIDE_AFTER

    def until(self, now: datetime) -> datetime:
        """The expiry of a session that is used at `now`."""
        return min(now + self.length, self.ends_at)


def token_hash(token: str) -> bytes:
    """The stored hash of the token. A plain hash is enough, because tokens are long and random."""
    return hashlib.sha256(token.encode()).digest()


def open_session(session: Session, account: Account, now: datetime, user_agent: str | None = None) -> tuple[str, SignInSession]:
    """Open a session of `account`. `user_agent` is what the client says it is; MOST_OF_AGENT characters are kept. Returns its
    token, of which this is the only copy, and its row."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = SignInSession(
        community_id=account.community_id,
        account_id=account.id,
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + account.session_length,
        user_agent=storable(user_agent[:MOST_OF_AGENT]) if user_agent else None,
    )
    session.add(row)
    session.flush()
    return token, row


_session, _account, _grant = (cast(Table, model.__table__) for model in (SignInSession, Account, RoleGrant))
_GRANTS = (
    select(func.jsonb_object_agg(_grant.c.role, _grant.c.grids))
    .where(_grant.c.account_id == _account.c.id)
    .correlate(_account)
    .scalar_subquery()
)
# Runs on every request of a signed-in client. It is built once, and from tables instead of mapped classes. That halves its
# cost.
_KNOWN = (
    select(
        _session.c.id,
        _session.c.expires_at,
        _session.c.created_at,
        _account.c.id.label("account_id"),
        _account.c.party,
        _account.c.community_id,
        _account.c.household_id,
        _account.c.communities,
        _account.c.whole_district,
        func.coalesce(_GRANTS, literal_column("'{}'::jsonb")).label("grants"),
    )
    .join(_account, _account.c.id == _session.c.account_id)
    .where(
        _session.c.token_hash == bindparam("token_hash"),
        _session.c.expires_at > bindparam("now"),
        # The same as Admission.condition().
        _account.c.disabled_at.is_(None),
        or_(bindparam("samples", type_=Boolean), ~_account.c.demo),
    )
)


def find(session: Session, hash_of_token: bytes, now: datetime, *, admission: Admission) -> KnownSession | None:
    """The valid session with this token hash. None if it is unknown, expired or signed out, or if its account is not
    admitted."""
    row = session.execute(_KNOWN, {"token_hash": hash_of_token, "now": now, "samples": admission.samples}).first()
    if row is None:
        return None
    length, longest = _LENGTHS[row.party == "staff"]
    return KnownSession(row.id, _identity(row), row.expires_at, length, row.created_at + longest)


def is_open(session: Session, session_id: UUID, now: datetime, *, admission: Admission) -> bool:
    """True while the session may be used. Open streams call this from time to time."""
    statement = (
        select(SignInSession.id)
        .join(Account, Account.id == SignInSession.account_id)
        .where(SignInSession.id == session_id, SignInSession.expires_at > now, admission.condition())
    )
    return session.scalar(statement) is not None


def slide(session: Session, known: KnownSession, now: datetime) -> datetime:
    """Extend the session to its full length from now, but not past its latest end. Returns the new expiry."""
    expires_at = known.until(now)
    session.execute(update(SignInSession).where(SignInSession.id == known.id).values(expires_at=expires_at))
    return expires_at


def end(session: Session, session_id: UUID) -> None:
    """Sign one client out."""
    session.execute(delete(SignInSession).where(SignInSession.id == session_id))


def end_all(session: Session, account_id: UUID, *, but: UUID | None = None) -> None:
    """Sign out every client of the account, except the session `but`."""
    statement = delete(SignInSession).where(SignInSession.account_id == account_id)
    if but is not None:
        statement = statement.where(SignInSession.id != but)
    session.execute(statement)


def _identity(row: Any) -> Identity:
    return Identity(
        account_id=str(row.account_id),
        party=row.party,
        roles=frozenset(row.grants),
        community_id=row.community_id,
        household_id=str(row.household_id) if row.household_id else None,
        grids=frozenset(grid for grids in row.grants.values() for grid in grids),
        works_in=_works_in(row),
    )


def _works_in(row: Any) -> Communities | None:
    """The communities of the account, unless they are just its own."""
    if row.whole_district:
        return DISTRICT
    return Communities.only(*row.communities) if row.communities not in ([], [row.community_id]) else None
