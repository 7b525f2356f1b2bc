"""Reading and changing your own account."""

from uuid import UUID

from gateway.accounts import passwords, sessions, totp
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.refusals import CodeWrong, PasswordWrong, TotpOff


def read(call: AccountCall) -> Account:
    """The acting account. Raises Unauthenticated."""
    return call.session.get_one(Account, _own_id(call))


def change(
    call: AccountCall, *, name: str | None = None, language: str | None = None, expected_version: int | None = None
) -> Account:
    """Change the given fields. Raises Unauthenticated, VersionMismatch."""
    account = _lock(call)
    account.expect_version(expected_version)
    if name is not None:
        account.name = call.personal.seal(name)
    if language is not None:
        account.language = language
    account.changed()
    return account


def change_password(accounts: Accounts, *, old: str, new: str) -> None:
    """Change the password and sign out every other client of the account. Raises Unauthenticated, PasswordWrong."""
    with accounts.reading() as call:
        known = read(call)
    # No connection is held during the hashing, because it takes a while.
    if not passwords.matches(known.password_hash, old):
        raise PasswordWrong()
    new_hash = passwords.hash_password(new)
    with accounts.transaction() as call:
        account = _lock(call)
        # A password that an admin has set meanwhile, or an invitation, has ended the old one.
        if account.password_hash != known.password_hash or account.disabled_at is not None:
            raise PasswordWrong()
        account.password_hash = new_hash
        account.changed()
        sessions.end_all(call.session, account.id, but=accounts.session_id)
        call.access_changed()


def enrol_totp(call: AccountCall) -> tuple[str, str]:
    """A new authenticator secret and its otpauth:// address. It is used after `confirm_totp`. Raises Unauthenticated,
    TotpOn."""
    return totp.enrol(_lock(call), call.personal)


def confirm_totp(call: AccountCall, *, code: str) -> None:
    """Raises Unauthenticated, CodeWrong, TotpOff, TotpOn."""
    if not totp.confirm(_lock(call), call.personal, code, call.now):
        raise CodeWrong()


def disable_totp(call: AccountCall, *, code: str) -> None:
    """Needs a code, so that a stolen session is not enough. Raises Unauthenticated, TotpOff, CodeWrong."""
    account = _lock(call)
    if not account.totp_enabled:
        raise TotpOff()
    if not totp.accepts(account, call.personal, code, call.now):
        raise CodeWrong()
    totp.disable(account)


def _lock(call: AccountCall) -> Account:
    return call.session.get_one(Account, _own_id(call), with_for_update=True)


def _own_id(call: AccountCall) -> UUID:
    return UUID(call.acting.signed_in())
