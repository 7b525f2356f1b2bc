"""The six-digit codes of an authenticator app (RFC 6238). An account has one authenticator at most.

A new one is set up beside the one in use, and replaces it when a code of it is confirmed. Until then the old one stays valid,
so nobody is locked out who does not finish.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp
from cryptography.fernet import InvalidToken
from sqlalchemy.dialects.postgresql import insert

from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.factors.models import TotpEnrolment
from gateway.refusals.factors import TotpOff

ISSUER: Final = "Linli 邻里"
VALID_FOR: Final = timedelta(minutes=10)  # from `begin` to `confirm`
_STEP: Final = 30  # seconds
_DRIFT: Final = 1  # steps by which a phone's clock may be wrong, in both directions


@dataclass(frozen=True, slots=True)
class Shown:
    """What is entered into the app: the secret in base32, and the same as an otpauth:// address for a QR code."""

    secret: str
    uri: str


def begin(call: AccountCall, account: Account) -> Shown:
    """A new secret, for the session of the request. It ends one that was begun before. The caller has locked the account
    (gateway.factors.locking)."""
    secret = pyotp.random_base32()
    row = {
        "account_id": account.id,
        "secret": call.personal.seal(secret),
        "session_id": call.accounts.session_id,
        "expires_at": call.now + VALID_FOR,
    }
    call.session.execute(insert(TotpEnrolment).values(row).on_conflict_do_update(index_elements=["account_id"], set_=row))
    return _shown(account, secret)


def pending(call: AccountCall, account: Account) -> Shown | None:
    """What `begin` has made in the session of the request. None if there is nothing, or if it took too long."""
    row = call.session.get(TotpEnrolment, account.id)
    if row is None or row.session_id != call.accounts.session_id or row.expires_at <= call.now:
        return None
    try:
        return _shown(account, call.personal.open(row.secret))
    except InvalidToken:  # the operator has removed the key with which it was encrypted
        return None


def confirm(call: AccountCall, account: Account, code: str) -> bool:
    """Use the new secret from now on, if the code is one of its codes. That code is used up. The caller has locked the account.
    Raises TotpOff if nothing was begun."""
    if (shown := pending(call, account)) is None:
        raise TotpOff()
    if (step := _step_of(shown.secret, code, call.now)) is None:
        return False
    account.totp_secret = call.personal.seal(shown.secret)
    account.totp_confirmed_at, account.totp_last_step = call.now, step
    call.session.delete(call.session.get_one(TotpEnrolment, account.id))
    return True


def accepts(account: Account, personal: PersonalFields, code: str, now: datetime) -> bool:
    """Use up a code. True if it is right and newer than the last one that was accepted, so a code counts once. The caller has
    locked the account: otherwise two requests could use the same code."""
    if not account.totp_enabled or account.totp_secret is None:
        return False
    step = _step_of(personal.open(account.totp_secret), code, now)
    if step is None or (account.totp_last_step is not None and step <= account.totp_last_step):
        return False
    account.totp_last_step = step
    return True


def last_used(account: Account) -> datetime | None:
    """When a code was accepted last, with an error of a minute. `totp_confirmed_at` if only the one that confirmed it was."""
    if account.totp_last_step is None or account.totp_confirmed_at is None:
        return None
    at = datetime.fromtimestamp(account.totp_last_step * _STEP, tz=account.totp_confirmed_at.tzinfo)
    return max(at, account.totp_confirmed_at)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The newest step near `now` whose code this is."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP
    for step in range(current + _DRIFT, current - _DRIFT - 1, -1):
        if pyotp.utils.strings_equal(totp.at(step * _STEP), code):
            return step
    return None


def _shown(account: Account, secret: str) -> Shown:
    return Shown(secret, pyotp.TOTP(secret).provisioning_uri(name=account.username or "", issuer_name=ISSUER))
