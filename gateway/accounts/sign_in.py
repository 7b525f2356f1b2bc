"""Sign-in: residents by phone and one-time code; staff by password and, if set up, an authenticator.

The callers limit the number of attempts (gateway.operations.sign_in).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from chassis.rpc.call import NotSent
from chassis.rpc.refusal import Refused
from gateway.accounts import codes, passwords, residents, sessions, totp
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.refusals import CodeWrong, PasswordWrong, TotpNeeded

# Sends a code to a phone (E.164): `send(phone, code, valid_for)`. Raises Refused if it cannot.
SendCode = Callable[[str, str, timedelta], object]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is the only copy; the database has its hash. `expires_at` is aware, in UTC."""

    token: str
    expires_at: datetime
    account: Account


def ask_code(accounts: Accounts, *, phone: str, send: SendCode) -> None:
    """Send a one-time code to the phone (E.164), also if it has no account. Accounts with a fixed code get no message. Raises
    InvalidField if the request is about no community, because a new resident needs one; TooManyCodes, and the errors of
    `send`."""
    with accounts.transaction() as call:
        community_id = call.community_id  # also for known phones, so that the answer does not tell who has an account
        account = residents.by_phone(call, phone)
        fixed = accounts.admission.fixed_code(account) if account else None
        if fixed is None:
            _wait_for_others(call, phone)
            codes.check_pace(call, phone)
        code = fixed or codes.random_code()
        # Stored before it is sent, so that the code on the phone is valid even if this process is killed in between.
        code_id = codes.issue(call, phone, code, community_id=account.community_id if account else community_id)
    if fixed is None:
        _send(accounts, phone, code, code_id, send)


def with_code(accounts: Accounts, *, phone: str, code: str) -> SignedIn:
    """Sign in the resident with this phone (E.164). A new phone gets a new account. Raises CodeWrong."""
    with accounts.transaction() as call:
        account = residents.find_or_create(call, phone=phone) if codes.redeem(call, phone, code) else None
        signed_in = _open(call, account) if account is not None and accounts.admission.admits(account) else None
    # Raised after the commit, because a wrong code costs a try.
    if signed_in is None:
        raise CodeWrong()
    return signed_in


def with_password(accounts: Accounts, *, username: str, password: str, totp_code: str | None = None) -> SignedIn:
    """Sign in a member of staff. Raises PasswordWrong, or TotpNeeded if the password is right and the code is missing."""
    with accounts.reading() as call:
        statement = select(Account).where(Account.username == username, accounts.admission.condition())
        known = call.session.scalar(statement)
    # No connection is held during the hashing, because it takes a while.
    if not passwords.matches(known.password_hash if known else None, password) or known is None:
        raise PasswordWrong()
    if known.totp_enabled and totp_code is None:
        raise TotpNeeded()
    with accounts.transaction() as call:
        return _open_unless_changed(call, known, totp_code or "")


def sign_out(call: AccountCall) -> None:
    """End the session of the request. Without a session nothing happens."""
    if call.accounts.session_id is not None:
        sessions.end(call.session, call.accounts.session_id)
        call.access_changed()


def _open_unless_changed(call: AccountCall, known: Account, totp_code: str) -> SignedIn:
    """Open a session, unless the account was disabled or got a new password during the hashing. Such a change signs out all
    clients, so nobody may sign in with the old password after it. Raises PasswordWrong."""
    # Lock: one authenticator code must not be used for two sign-ins.
    account = call.session.get_one(Account, known.id, with_for_update=True)
    if account.password_hash != known.password_hash or account.disabled_at is not None:
        raise PasswordWrong()
    if account.totp_enabled and not totp.accepts(account, call.personal, totp_code, call.now):
        raise PasswordWrong()
    return _open(call, account)


def _open(call: AccountCall, account: Account) -> SignedIn:
    token, row = sessions.open_session(call.session, account, call.now, call.accounts.user_agent)
    return SignedIn(token, row.expires_at, account)


def _send(accounts: Accounts, phone: str, code: str, code_id: UUID, send: SendCode) -> None:
    try:
        send(phone, code, codes.VALID_FOR)
    except (Refused, NotSent) as refused:
        # If the service is unavailable, the code may have been sent.
        if isinstance(refused, NotSent) or refused.kind != "unavailable":
            with accounts.transaction() as call:
                codes.take_back(call, code_id)
        raise


def _wait_for_others(call: AccountCall, phone: str) -> None:
    """Serialise requests for codes of one phone, so that each is counted."""
    key = int.from_bytes(call.personal.index(phone)[:8], signed=True)
    call.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
