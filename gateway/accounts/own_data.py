"""Reading and changing your own account."""

from uuid import UUID

from gateway.accounts import homes, name_index, passwords, sessions
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.refusals.sign_in import PasswordWrong


def read(call: AccountCall) -> Account:
    """The acting account. Raises Unauthenticated."""
    return call.session.get_one(Account, _own_id(call))


def change(
    call: AccountCall,
    *,
    name: str | None = None,
    language: str | None = None,
    community_id: str | None = None,
    expected_version: int | None = None,
) -> Account:
    """Change the given fields. `community_id` is the community that a resident moves to. Raises Unauthenticated,
    VersionMismatch, and what gateway.accounts.homes.move raises."""
    account = lock(call)
    account.expect_version(expected_version)
    if name is not None:
        account.name = call.personal.seal(name)
        if account.party == "resident":
            account.name_index = name_index.of(call.personal, name)
    if language is not None:
        account.language = language
    account.changed()
    if community_id is not None:
        homes.move(call, account, community_id)
    return account


def check_password(accounts: Accounts, password: str) -> None:
    """So that a stolen session is not enough to change how the account is protected. Raises Unauthenticated, PasswordWrong."""
    with accounts.reading() as call:
        known = read(call)
    if not passwords.matches(known.password_hash, password):
        raise PasswordWrong()


def change_password(accounts: Accounts, *, old: str, new: str) -> None:
    """Change the password and sign out every other client of the account. Raises Unauthenticated, PasswordWrong."""
    with accounts.reading() as call:
        known = read(call)
    # No connection is held during the hashing, because it takes a while.
    if not passwords.matches(known.password_hash, old):
        raise PasswordWrong()
    new_hash = passwords.hash_password(new)
    with accounts.transaction() as call:
        account = lock(call)
        # A password that an admin has set meanwhile, or an invitation, has ended the old one.
        if account.password_hash != known.password_hash or account.disabled_at is not None:
            raise PasswordWrong()
        account.password_hash = new_hash
        account.changed()
        sessions.end_all(call.session, account.id, but=accounts.session_id)
        call.access_changed()


def lock(call: AccountCall) -> Account:
    """The acting account, locked until the transaction ends. Raises Unauthenticated."""
    return call.session.get_one(Account, _own_id(call), with_for_update=True)


def _own_id(call: AccountCall) -> UUID:
    return UUID(call.acting.signed_in())
