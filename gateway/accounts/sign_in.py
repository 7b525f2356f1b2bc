"""Sign-in: residents by phone and one-time code; staff by a passkey, or by password and, if set up, a second factor: an
authenticator or a recovery code.

The callers limit the number of attempts (gateway.operations.sign_in).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.call import NotSent
from chassis.rpc.refusal import Refused
from gateway.accounts import codes, passwords, residents, sessions
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account
from gateway.factors import passkeys, recovery_codes, totp
from gateway.factors.passkeys import Credential
from gateway.refusals.factors import PasskeyNeeded, PasskeyWrong, TotpNeeded
from gateway.refusals.providers import NotLinked
from gateway.refusals.sign_in import CodeWrong, PasswordWrong

# Sends a code to a phone (E.164): `send(phone, code, valid_for)`. Raises Refused if it cannot.
SendCode = Callable[[str, str, timedelta], object]
# Finds the account of somebody who has proved who they are.
Find = Callable[["AccountCall"], Account]


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


def with_code(accounts: Accounts, *, phone: str, code: str, find: Find | None = None) -> SignedIn:
    """Sign in the resident with this phone (E.164). A new phone gets a new account. `find` finds the account in another way,
    for whoever has shown the right code. Raises CodeWrong, and the errors of `find`; then the code stays unused."""
    with accounts.transaction() as call:
        account = None
        if codes.redeem(call, phone, code):
            account = find(call) if find else residents.find_or_create(call, phone=phone)
        signed_in = _open(call, account) if account is not None and accounts.admission.admits(account) else None
    # Raised after the commit, because a wrong code costs a try.
    if signed_in is None:
        raise CodeWrong()
    return signed_in


def with_passkey(accounts: Accounts, *, ceremony: str, credential: Credential) -> SignedIn:
    """Sign in the member of staff whose passkey has signed the challenge of `ceremony`. Raises CeremonyOver, PasskeyWrong."""
    passkey_id, account_id = passkeys.verify(accounts, ceremony=ceremony, credential=credential)
    with accounts.transaction() as call:
        account = call.session.get_one(Account, account_id, with_for_update=True)
        # The passkey may have been removed after it was verified, and the account switched off.
        if not passkeys.exists_of(call.session, account_id, passkey_id) or not accounts.admission.admits(account):
            raise PasskeyWrong()
        return _open(call, account)


def with_claims(accounts: Accounts, find: Callable[[AccountCall], Account | None]) -> SignedIn:
    """Sign in the account that `find` returns, of somebody whom an OpenID provider has identified. Raises NotLinked."""
    with accounts.transaction() as call:
        account = find(call)
        signed_in = _open(call, account) if account is not None and accounts.admission.admits(account) else None
    if signed_in is None:
        raise NotLinked()
    return signed_in


def with_wechat(accounts: Accounts, find: Callable[[AccountCall], Account]) -> SignedIn:
    """Sign in the resident whom `find` returns, of somebody whom WeChat has identified. `find` raises if the account may not be
    used; then nothing is written."""
    with accounts.transaction() as call:
        return _open(call, find(call))


def with_password(
    accounts: Accounts, *, username: str, password: str, totp_code: str | None = None, recovery_code: str | None = None
) -> SignedIn:
    """Sign in a member of staff. Raises PasswordWrong. If the password is right and a second factor is missing, raises
    TotpNeeded, or PasskeyNeeded if the account has passkeys only."""
    with accounts.reading() as call:
        statement = select(Account).where(Account.username == username, accounts.admission.condition())
        known = call.session.scalar(statement)
        has_passkeys = known is not None and passkeys.exists_of(call.session, known.id)
        methods = recovery_codes.methods(call.session, known.id) if known is not None and recovery_code is not None else ()
    # No connection is held during the hashing, because it takes a while.
    if not passwords.matches(known.password_hash if known else None, password) or known is None:
        raise PasswordWrong()
    if (known.totp_enabled or has_passkeys) and recovery_code is None and (totp_code is None or not known.totp_enabled):
        raise TotpNeeded() if known.totp_enabled else PasskeyNeeded()
    recovery = None
    if recovery_code is not None:  # hashed before the transaction too
        recovery = recovery_codes.hashes_of(accounts.personal, known.id, recovery_code, methods)
    with accounts.transaction() as call:
        signed_in = _open_unless_changed(call, known, totp_code or "", recovery)
    # Raised after the commit, because a used code stays used.
    if signed_in is None:
        raise PasswordWrong()
    return signed_in


def sign_out(call: AccountCall) -> None:
    """End the session of the request. Without a session nothing happens."""
    if call.accounts.session_id is not None:
        sessions.end(call.session, call.accounts.session_id)
        call.access_changed()


def _open_unless_changed(
    call: AccountCall, known: Account, totp_code: str, recovery: Sequence[bytes] | None
) -> SignedIn | None:
    """Open a session, unless the account was disabled or got a new password during the hashing. Such a change signs out all
    clients, so nobody may sign in with the old password after it. `recovery` are the hashes of the recovery code, if one was
    sent. None if the second factor is wrong."""
    # Lock: one authenticator code must not be used for two sign-ins.
    account = call.session.get_one(Account, known.id, with_for_update=True)
    if account.password_hash != known.password_hash or account.disabled_at is not None:
        return None
    if account.totp_enabled or passkeys.exists_of(call.session, account.id):
        if recovery is not None:
            proved = recovery_codes.redeem(call, account.id, recovery)
        else:
            proved = account.totp_enabled and totp.accepts(account, call.personal, totp_code, call.now)
        if not proved:
            return None
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
    residents.lock_phone(call, phone)
