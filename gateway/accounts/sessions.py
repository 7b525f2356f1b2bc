"""Sessions of signed-in clients, by opaque tokens. A lookup takes one indexed query."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, Integer, Table, bindparam, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session

from chassis.database.storable import storable
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Absent, Identity
from gateway.accounts import ages
from gateway.accounts.admission import Admission
from gateway.accounts.families.models import Guardianship
from gateway.accounts.models import (
    LONGEST_RESIDENT_SESSION,
    LONGEST_STAFF_SESSION,
    RESIDENT_SESSION,
    STAFF_SESSION,
    Account,
    RoleGrant,
    SignInSession,
)
from gateway.consents.models import Consent
from gateway.factors.models import Passkey
from gateway.substitutes.models import Substitution

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
    agreed: int = 0  # the latest version of its community's privacy notice to which the account agreed; 0: none
    protected: bool = True  # gateway.factors.kinds.is_protected

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


_session, _account, _grant, _consent, _substitution, _guardianship, _passkey = (
    cast(Table, model.__table__) for model in (SignInSession, Account, RoleGrant, Consent, Substitution, Guardianship, Passkey)
)
_child = _account.alias("child")
_GRANTS = (
    select(func.jsonb_object_agg(_grant.c.role, _grant.c.grids))
    .where(_grant.c.account_id == _account.c.id)
    .correlate(_account)
    .scalar_subquery()
)
_AGREED = (
    select(func.max(_consent.c.version))
    .where(_consent.c.account_id == _account.c.id, _consent.c.notice_community == _account.c.community_id)
    .correlate(_account)
    .scalar_subquery()
)
# As gateway.factors.kinds.is_protected.
_PROTECTED = or_(
    _account.c.password_hash.is_(None),
    _account.c.totp_confirmed_at.is_not(None),
    exists().where(_passkey.c.account_id == _account.c.id).correlate(_account),
)
# The colleagues for whom the account stands in now: [[account id, departments,
# communities, its own community, whole district, grids by role], …]. NULL if there are none.
_colleague = _account.alias("colleague")
_ABSENT = (
    select(
        func.jsonb_agg(
            func.jsonb_build_array(
                _colleague.c.id,
                func.to_jsonb(_colleague.c.departments),
                func.to_jsonb(_colleague.c.communities),
                _colleague.c.community_id,
                _colleague.c.whole_district,
                func.coalesce(
                    select(func.jsonb_agg(_grant.c.grids))
                    .where(_grant.c.account_id == _colleague.c.id)
                    .correlate(_colleague)
                    .scalar_subquery(),
                    literal_column("'[]'::jsonb"),
                ),
            )
        )
    )
    .select_from(_substitution.join(_colleague, _colleague.c.id == _substitution.c.account_id))
    .where(
        _substitution.c.substitute_id == _account.c.id,
        _substitution.c.starts_at <= bindparam("now"),
        _substitution.c.ends_at > bindparam("now"),
    )
    .correlate(_account)
    .scalar_subquery()
)
# Guardians act for these: {child: household}. A child that has grown up is not among them any more.
_CHILDREN = (
    select(func.jsonb_object_agg(_guardianship.c.child_id, _child.c.household_id))
    .join(_child, _child.c.id == _guardianship.c.child_id)
    .where(
        _guardianship.c.guardian_id == _account.c.id,
        _child.c.birth_year >= bindparam("earliest_birth_year", type_=Integer),
        _child.c.disabled_at.is_(None),
    )
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
        _account.c.birth_year,
        _account.c.communities,
        _account.c.whole_district,
        _account.c.departments,
        _ABSENT.label("absent"),
        func.coalesce(_GRANTS, literal_column("'{}'::jsonb")).label("grants"),
        func.coalesce(_AGREED, 0).label("agreed"),
        _CHILDREN.label("children"),
        _PROTECTED.label("protected"),
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
    wanted = {"token_hash": hash_of_token, "now": now, "samples": admission.samples}
    row = session.execute(_KNOWN, wanted | {"earliest_birth_year": ages.earliest_birth_year(now)}).first()
    if row is None:
        return None
    length, longest = _LENGTHS[row.party == "staff"]
    return KnownSession(
        row.id, _identity(row, now), row.expires_at, length, row.created_at + longest, row.agreed, row.protected
    )


@dataclass(frozen=True, slots=True)
class OpenSession:
    """What decides about the open streams of a session. `agreed` is as in KnownSession."""

    party: str
    community_id: str | None
    agreed: int


def find_open(session: Session, session_id: UUID, now: datetime, *, admission: Admission) -> OpenSession | None:
    """The session, while it may be used. Open streams call this from time to time."""
    statement = (
        select(Account.party, Account.community_id, func.coalesce(_AGREED, 0))
        .join(SignInSession, Account.id == SignInSession.account_id)
        .where(SignInSession.id == session_id, SignInSession.expires_at > now, admission.condition())
    )
    row = session.execute(statement).first()
    return OpenSession(*row) if row is not None else None


def agreed_version(session: Session, account_id: UUID) -> int:
    """KnownSession.agreed of an account without a session."""
    found = select(func.coalesce(_AGREED, 0)).select_from(_account).where(_account.c.id == account_id)
    return session.scalar(found) or 0


def is_protected(session: Session, session_id: UUID) -> bool:
    """KnownSession.protected, as it is now."""
    found = select(_PROTECTED).select_from(_account.join(_session, _session.c.account_id == _account.c.id))
    return bool(session.scalar(found.where(_session.c.id == session_id)))


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


def _identity(row: Any, now: datetime) -> Identity:
    age = ages.milestone(row.birth_year, now)
    return Identity(
        account_id=str(row.account_id),
        party=row.party,
        roles=frozenset(row.grants),
        community_id=row.community_id,
        household_id=str(row.household_id) if row.household_id else None,
        grids=frozenset(grid for grids in row.grants.values() for grid in grids),
        works_in=_works_in(row),
        departments=frozenset(row.departments),
        stands_in_for=tuple(
            Absent(
                account_id,
                frozenset(departments),
                frozenset(grid for grids in of_roles for grid in grids),
                DISTRICT if whole_district else Communities.only(*(communities or [community_id])),
            )
            for account_id, departments, communities, community_id, whole_district, of_roles in row.absent or ()
        ),
        children=frozenset(row.children or ()),
        households=tuple(sorted((child, household) for child, household in (row.children or {}).items() if household)),
        ages=((str(row.account_id), age),) if age else (),
    )


def _works_in(row: Any) -> Communities | None:
    """The communities of the account, unless they are just its own."""
    if row.whole_district:
        return DISTRICT
    return Communities.only(*row.communities) if row.communities not in ([], [row.community_id]) else None
