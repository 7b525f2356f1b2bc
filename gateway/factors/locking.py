"""Locks the acting account for a change of its factors."""

from uuid import UUID

from sqlalchemy import select

from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, SignInSession
from gateway.refusals.sign_in import SessionOver


def lock_own(call: AccountCall) -> Account:
    """The acting account, locked until the transaction ends.

    The session of the request must still be open. An admin who removes the factors of an account, invites it again or sets its
    password locks the account and ends its sessions. So whatever was begun before such a reset is refused after it, also if the
    password was checked before. Raises Unauthenticated, SessionOver."""
    account = call.session.get_one(Account, UUID(call.acting.signed_in()), with_for_update=True)
    open_ = select(SignInSession.id).where(
        SignInSession.id == call.accounts.session_id,
        SignInSession.account_id == account.id,
        SignInSession.expires_at > call.now,
    )
    if account.disabled_at is not None or call.session.scalar(open_) is None:
        raise SessionOver()
    return account
