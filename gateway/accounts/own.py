"""What people change of their own account."""

from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.engine import reading, transaction
from gateway.accounts import passwords, sessions, totp
from gateway.accounts.models import Account
from gateway.http import current, known_sessions
from gateway.refusals import CodeWrong, PasswordWrong, TotpOff


def own_account() -> Account:
    """The account that makes the request. Raises Unauthenticated."""
    with reading(current.database()) as session:
        return session.get_one(Account, _own_id())


def locked(session: Session) -> Account:
    """The same, locked for a change."""
    return session.get_one(Account, _own_id(), with_for_update=True)


def change(*, name: str | None, language: str | None, expected_version: int | None) -> Account:
    """Set what is given. Raises VersionMismatch."""
    personal = current.personal()
    with transaction(current.database()) as session:
        account = locked(session)
        account.expect_version(expected_version)
        if name is not None:
            account.name = personal.seal(name)
        if language is not None:
            account.language = language
        account.changed()
        return account


def change_password(old: str, new: str) -> None:
    """Raises PasswordWrong. Every other client of the account is signed out."""
    known = own_account()
    if not passwords.matches(known.password_hash, old):
        raise PasswordWrong()
    new_hash = passwords.hash_password(new)
    with transaction(current.database()) as session:
        account = locked(session)
        account.password_hash = new_hash
        account.changed()
        sessions.end_all(session, account.id, but=current.access().session_id)
        known_sessions.of_app().forget_after(session)


def enrol_totp(session: Session) -> tuple[str, str]:
    """A new authenticator secret and its address, to be confirmed. Raises TotpOn."""
    return totp.enrol(locked(session), current.personal())


def confirm_totp(code: str) -> None:
    """Raises CodeWrong, TotpOff, TotpOn."""
    with transaction(current.database()) as session:
        account = locked(session)
        if not totp.confirm(account, current.personal(), code, current.now()):
            raise CodeWrong()


def disable_totp(session: Session, code: str) -> None:
    """Whoever holds a session alone cannot do it. Raises TotpOff, CodeWrong."""
    account = locked(session)
    if not account.totp_enabled:
        raise TotpOff()
    if not totp.accepts(account, current.personal(), code, current.now()):
        raise CodeWrong()
    totp.disable(account)


def _own_id() -> UUID:
    return UUID(current.identity().signed_in())
