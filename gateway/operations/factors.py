"""The second factors of the acting account, and their removal for a colleague. Changes of one's own need the password, because
a stolen session must not be enough."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import own_data
from gateway.accounts.staff import changing
from gateway.factors import changes, kinds, locking, passkeys, recovery_codes, requirement, totp
from gateway.factors.interface import PASSKEY
from gateway.factors.passkeys import Credential
from gateway.factors.totp import Shown
from gateway.http import current, idempotency, limits
from gateway.operations import passkey_site
from gateway.refusals.factors import TotpOff
from gateway.refusals.sign_in import CodeWrong


def read() -> dict[str, Any]:
    """The factors of the acting account as JSON, and from when it needs one. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        account = own_data.read(call)
        required_from = requirement.needed_from(call, account)
        last_used = totp.last_used(account)
        return {
            "required_from": required_from.isoformat() if required_from else None,
            "totp_enabled": account.totp_enabled,
            "totp_since": account.totp_confirmed_at.isoformat() if account.totp_confirmed_at else None,
            "totp_last_used_at": last_used.isoformat() if last_used else None,
            "passkeys": [PASSKEY.dump(one) for one in passkeys.list_of(call.session, account.id)],
            "recovery_codes_left": recovery_codes.left(call.session, account.id),
            "recovery_codes_outdated": recovery_codes.are_outdated(call.session, account.id),
        }


# --- passkeys ---


def begin_passkey(password: str) -> tuple[str, dict[str, Any]]:
    """The token of a new ceremony, and the options for the browser. Raises Throttled, PasswordWrong, PasskeysElsewhere,
    TooManyPasskeys."""
    site = passkey_site.of_request()
    _check(password)
    with current.accounts().transaction() as call:
        return passkeys.begin_registration(call, site, locking.lock_own(call))


def add_passkey(*, ceremony: str, credential: Credential, name: str) -> dict[str, Any]:
    """The new passkey as JSON. Raises CeremonyOver, PasskeyWrong, PasskeyKnown, TooManyPasskeys."""
    answer: dict[str, Any] = PASSKEY.dump(
        passkeys.register(current.accounts(), ceremony=ceremony, credential=credential, name=name)
    )
    return answer


def rename_passkey(passkey_id: UUID, name: str) -> dict[str, Any]:
    """Raises NotFound."""
    with current.accounts().transaction() as call:
        answer: dict[str, Any] = PASSKEY.dump(passkeys.rename(call, passkey_id, name))
    return answer


def remove_passkey(passkey_id: UUID, password: str) -> None:
    """Raises Throttled, PasswordWrong, NotFound, SecondFactorRequired."""
    _check(password)
    with current.accounts().transaction() as call:
        passkeys.remove(call, locking.lock_own(call), passkey_id)


# --- the authenticator ---


def begin_totp(password: str) -> Shown:
    """What is entered into the authenticator. A repeated request makes a new secret, because the answer is stored nowhere.
    Raises Throttled, PasswordWrong."""
    _check(password)
    with current.accounts().transaction() as call:
        return totp.begin(call, locking.lock_own(call))


def pending_totp() -> Shown | None:
    """What `begin_totp` has made in this session. None if there is nothing, or if it took too long."""
    with current.accounts().reading() as call:
        return totp.pending(call, own_data.read(call))


def confirm_totp(code: str) -> None:
    """Use the authenticator that was begun, instead of an earlier one. Raises Throttled, CodeWrong, TotpOff."""
    _spend_guess("totp")
    with current.accounts().transaction() as call:
        account = locking.lock_own(call)
        replaces = account.totp_enabled
        if not totp.confirm(call, account, code):
            raise CodeWrong()
        changes.by_owner(call, account, "replaced" if replaces else "added", kinds.TOTP)


def remove_totp(*, password: str | None = None, code: str | None = None) -> None:
    """Needs one of them. Raises Throttled, PasswordWrong, CodeWrong, TotpOff, SecondFactorRequired."""
    if password is not None:
        _check(password)
    else:
        _spend_guess("totp")
    with current.accounts().transaction() as call:
        account = locking.lock_own(call)
        if not account.totp_enabled:
            raise TotpOff()
        left = [kind for kind in kinds.of(call.session, account) if kind != kinds.TOTP]
        requirement.check_may_remove(call, account, left=left)
        if password is None and not totp.accepts(account, call.personal, code or "", call.now):
            raise CodeWrong()
        account.remove_totp()
        changes.by_owner(call, account, "removed", kinds.TOTP)


# --- recovery codes ---


def make_recovery_codes(password: str) -> list[str]:
    """New codes, which end the earlier ones. Each request makes new ones, also a repeated one, because codes are stored nowhere
    in clear. Raises Throttled, PasswordWrong."""
    _check(password)
    made = recovery_codes.make()
    with current.accounts().transaction() as call:
        account = locking.lock_own(call)
        had_any = recovery_codes.left(call.session, account.id) > 0
        recovery_codes.replace(call, account, made)
        changes.by_owner(call, account, "replaced" if had_any else "added", kinds.RECOVERY_CODES)
    return list(made.codes)


# --- of a colleague ---


def reset(account_id: UUID, reason: str) -> None:
    """Remove every second factor of a colleague. Raises NotFound, WorksElsewhere, InvalidField."""

    def work(session: Session) -> dict[str, Any]:
        changing.reset_factors(current.accounts().within(session), account_id, reason=reason)
        return {}

    idempotency.once(work)


def _check(password: str) -> None:
    _spend_guess("password")
    own_data.check_password(current.accounts(), password)


def _spend_guess(secret: str) -> None:
    limits.spend(limits.ACCOUNT_FAILURES, f"{secret} of {current.identity().account_id}")
