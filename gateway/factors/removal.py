"""Ends every second factor of an account: with a new invitation, a password that an admin sets, or a reset."""

from sqlalchemy import delete

from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.factors import changes, kinds, passkeys, recovery_codes
from gateway.factors.models import Ceremony, TotpEnrolment


def remove_all(call: AccountCall, account: Account) -> None:
    """The authenticator, the passkeys, the recovery codes, and what has begun to be set up. The owner is told what was removed.
    The caller has locked the account, counts the change, and ends the sessions of the account, so that nothing that was begun
    before is finished after (gateway.factors.locking)."""
    removed = kinds.of(call.session, account)
    if recovery_codes.left(call.session, account.id):
        removed.append(kinds.RECOVERY_CODES)
    account.remove_totp()
    passkeys.remove_all(call.session, account.id)
    recovery_codes.remove_all(call.session, account.id)
    call.session.execute(delete(Ceremony).where(Ceremony.account_id == account.id))
    call.session.execute(delete(TotpEnrolment).where(TotpEnrolment.account_id == account.id))
    changes.removed_by_admin(call, account, removed)
