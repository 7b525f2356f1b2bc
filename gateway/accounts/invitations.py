"""Invitations: a link with which a member of staff chooses a password. Nobody else ever knows that password.

An account has one invitation at most; inviting again replaces it. A link works once, until it expires. Only the hash of its
token is stored.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.accounts import auditing, passwords, sessions
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account, Invitation
from gateway.factors import removal
from gateway.refusals.sign_in import InvitationExpired, InvitationUnknown, InvitationUsed

VALID_FOR = timedelta(days=7)
PAGE = "invitation?token="  # the path of the page. The token is in the query, because proxies log paths.
# A used or expired invitation is kept for this time after its expiry, so that its link says why it does not work.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Invited:
    """`token` is the only copy; the database has its hash. `expires_at` is aware, in UTC."""

    token: str
    expires_at: datetime


def invite(call: AccountCall, account: Account) -> Invited:
    """Make a new invitation of the account, which the caller has locked or just made. An old password, every second
    factor and every session end at once."""
    account.password_hash = None
    removal.remove_all(call, account)
    account.changed()
    sessions.end_all(call.session, account.id)
    call.access_changed()
    end(call.session, account.id)
    invited = Invited(secrets.token_urlsafe(32), call.now + VALID_FOR)
    call.session.flush()
    _add(call, account, invited)
    call.session.flush()
    return invited


def for_new(call: AccountCall, account: Account) -> Invited:
    """The invitation of an account that was just made and has no password. Nothing is flushed, so that many can be inserted
    together."""
    invited = Invited(secrets.token_urlsafe(32), call.now + VALID_FOR)
    _add(call, account, invited)
    return invited


def _add(call: AccountCall, account: Account, invited: Invited) -> None:
    call.session.add(
        Invitation(
            community_id=account.community_id,
            account_id=account.id,
            token_hash=_hash(invited.token),
            created_by=UUID(call.acting.account_id) if call.acting.account_id else None,
            created_at=call.now,
            expires_at=invited.expires_at,
        )
    )
    auditing.staff_changed(call, account, "invited")


def end(session: Session, account_id: UUID) -> None:
    """The link of the account's invitation, if there is one, becomes unknown."""
    session.execute(delete(Invitation).where(Invitation.account_id == account_id))


def read(call: AccountCall, token: str) -> Account:
    """The account that the token invites. Raises InvitationUnknown, InvitationExpired, InvitationUsed."""
    return _find(call, token)[1]


def accept(accounts: Accounts, *, token: str, password: str) -> Account:
    """Set the account's password. The link does not work again. Raises InvitationUnknown, InvitationExpired,
    InvitationUsed."""
    with accounts.reading() as call:
        account_id = _find(call, token)[1].id
    # No connection is held during the hashing, because it takes a while.
    password_hash = passwords.hash_password(password)
    with accounts.transaction() as call:
        # Locked first, as when inviting: two people may have the link, or an admin may invite again.
        call.session.get_one(Account, account_id, with_for_update=True)
        invitation, account = _find(call, token)
        invitation.used_at = call.now
        account.password_hash = password_hash
        account.changed()
        auditing.staff_changed(call, account, "accepted", by=account.id)
        return account


def _find(call: AccountCall, token: str) -> tuple[Invitation, Account]:
    statement = (
        select(Invitation, Account)
        .join(Account, Account.id == Invitation.account_id)
        .where(Invitation.token_hash == _hash(token), call.admission.condition())
    )
    if (found := call.session.execute(statement).first()) is None:
        raise InvitationUnknown()
    invitation, account = found
    if invitation.used_at is not None:
        raise InvitationUsed()
    if invitation.expires_at <= call.now:
        raise InvitationExpired()
    return invitation, account


def _hash(token: str) -> bytes:
    """A plain hash is enough, because tokens are long and random."""
    return hashlib.sha256(token.encode()).digest()
