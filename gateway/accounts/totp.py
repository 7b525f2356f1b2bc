"""A second factor for staff: the six-digit code of an authenticator app (RFC 6238)."""

from datetime import datetime

import pyotp

from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.refusals import TotpOff, TotpOn

ISSUER = "Linli 邻里"
_STEP = 30
_DRIFT = 1  # steps by which a phone's clock may be wrong, in both directions


def enrol(account: Account, personal: PersonalFields) -> tuple[str, str]:
    """A new secret and the otpauth:// address for its QR code. It is used after `confirm`. Raises TotpOn if an authenticator is
    in use."""
    if account.totp_enabled:
        raise TotpOn()
    secret = pyotp.random_base32()
    account.totp_secret = personal.seal(secret)
    account.totp_last_step = None
    account.changed()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account.username or "", issuer_name=ISSUER)


def confirm(account: Account, personal: PersonalFields, code: str, now: datetime) -> bool:
    """Start to use the secret if the code is right. Raises TotpOff without an enrolment, TotpOn if an authenticator is in
    use."""
    if account.totp_enabled:
        raise TotpOn()
    if account.totp_secret is None:
        raise TotpOff()
    if not accepts(account, personal, code, now):
        return False
    account.totp_confirmed_at = now
    account.changed()
    return True


def disable(account: Account) -> None:
    account.remove_totp()
    account.changed()


def accepts(account: Account, personal: PersonalFields, code: str, now: datetime) -> bool:
    """True if the code is right and newer than the last accepted one. So a used code cannot be used again."""
    if account.totp_secret is None:
        return False
    totp = pyotp.TOTP(personal.open(account.totp_secret))
    current = int(now.timestamp()) // _STEP
    for step in range(current - _DRIFT, current + _DRIFT + 1):
        fresh = account.totp_last_step is None or step > account.totp_last_step
        if fresh and pyotp.utils.strings_equal(totp.at(step * _STEP), code):
            account.totp_last_step = step
            return True
    return False
