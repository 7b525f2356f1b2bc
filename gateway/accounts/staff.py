"""Staff accounts: listed for those who hand out work, made and changed by an admin."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.database.pagination import Page, page
from chassis.rpc.refusal import NotFound
from gateway.accounts import sessions
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.personal import PersonalFields
from gateway.http import known_sessions
from gateway.refusals import UsernameTaken, invalid


def list_staff(
    session: Session, *, community_id: str | None, role: str | None, limit: int, cursor: str | None
) -> Page[Account]:
    """Those of the community (None: of all) by user name; those whose account is switched off are listed, too."""
    statement = select(Account).where(Account.party == "staff", Account.username.is_not(None))
    if community_id is not None:
        statement = statement.where(Account.community_id == community_id)
    if role is not None:
        statement = statement.where(Account.grants.any(RoleGrant.role == role))
    return page(session, statement, keys=[(Account.username, "asc")], limit=limit, cursor=cursor)


def create(
    session: Session,
    personal: PersonalFields,
    *,
    username: str,
    name: str,
    password_hash: str,
    roles: Sequence[str],
    grids: Sequence[str] = (),
    community_id: str,
    now: datetime,
) -> Account:
    """A new member of staff. Raises UsernameTaken."""
    account = Account(
        community_id=community_id,
        party="staff",
        username=username,
        name=personal.seal(name),
        key_id=personal.key_id,
        password_hash=password_hash,
        created_at=now,
        language="zh-CN",
        contact_due=False,
        demo=False,
        grants=[],
    )
    _grant(account, roles, grids, now)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_username_key":
            raise
        raise UsernameTaken() from error
    return account


def one(session: Session, account_id: UUID, *, community_id: str | None, lock: bool = False) -> Account:
    """The member of staff of the community (None: of any); `lock` it for a change. Raises NotFound."""
    statement = select(Account).where(Account.id == account_id, Account.party == "staff")
    if community_id is not None:
        statement = statement.where(Account.community_id == community_id)
    account = session.scalar(statement.with_for_update() if lock else statement)
    if account is None:
        raise NotFound()
    return account


def set_roles(session: Session, account: Account, roles: Sequence[str], grids: Sequence[str], now: datetime) -> None:
    """What they may do from the next request on."""
    account.grants.clear()
    session.flush()
    _grant(account, roles, grids, now)
    account.changed()
    known_sessions.of_app().forget_after(session)


def set_disabled(session: Session, account: Account, disabled: bool, now: datetime, *, by: UUID) -> None:
    """Switching off signs them out everywhere. Raises Invalid for one's own account: somebody must be left."""
    if disabled and account.id == by:
        raise invalid("disabled", "own_account", "your own account cannot be switched off")
    account.disabled_at = now if disabled else None
    account.changed()
    if disabled:
        sessions.end_all(session, account.id)
    known_sessions.of_app().forget_after(session)


def set_password(session: Session, account: Account, password_hash: str) -> None:
    """A new password given by an admin: signs them out, and takes the authenticator off (it may be what was lost)."""
    account.password_hash = password_hash
    account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
    account.changed()
    sessions.end_all(session, account.id)
    known_sessions.of_app().forget_after(session)


def _grant(account: Account, roles: Sequence[str], grids: Sequence[str], now: datetime) -> None:
    for role in sorted(set(roles)):
        grant = RoleGrant(role=role, grids=sorted(set(grids)) if role == "grid_worker" else [], granted_at=now)
        account.grants.append(grant)
