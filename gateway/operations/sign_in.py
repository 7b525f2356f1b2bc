"""Signing in and out, with limits on guesses and on text messages."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

from gateway.accounts import sign_in
from gateway.accounts.phones import normalised
from gateway.accounts.sign_in import SignedIn
from gateway.calls import client
from gateway.factors import passkeys
from gateway.factors.passkeys import Credential
from gateway.http import current, known_devices, limits, metrics
from gateway.operations import passkey_site
from gateway.refusals.factors import CeremonyOver, PasskeyNeeded, PasskeyWrong, TotpNeeded
from gateway.refusals.sign_in import CodeWrong, PasswordWrong


def ask_code(phone: str) -> None:
    """Send a one-time code to the phone, also if it has no account. Raises InvalidField if it is not a mobile number,
    Throttled, TooManyCodes, and the refusals of notify."""
    number = normalised(phone)
    limits.spend(limits.CODES)
    sign_in.ask_code(current.accounts(), phone=number, send=send_code)


def with_code(phone: str, code: str, link: Callable[[str], sign_in.Find] | None = None) -> SignedIn:
    """Sign in a resident. A new phone gets a new account. `link(phone)` is what finds the account, if something is linked with
    it. Raises InvalidField, Throttled, CodeWrong, and the errors of `link`."""
    number = normalised(phone)
    find = link(number) if link is not None else None
    with _guess(number), _counted("code"):
        signed_in = sign_in.with_code(current.accounts(), phone=number, code=code, find=find)
    known_devices.remember(number)
    return signed_in


def begin_with_passkey() -> tuple[str, dict[str, Any]]:
    """The token of a new ceremony, and the options for the browser. Raises Throttled, PasskeysElsewhere."""
    site = passkey_site.of_request()
    limits.spend(limits.CEREMONIES)
    with current.accounts().transaction() as call:
        return passkeys.begin_assertion(call, site)


def with_passkey(ceremony: str, credential: Credential) -> SignedIn:
    """Sign in the member of staff whose passkey it is. Raises Throttled, CeremonyOver, PasskeyWrong."""
    with limits.guess(limits.SIGN_IN_FAILURES), _counted("passkey"):
        signed_in = sign_in.with_passkey(current.accounts(), ceremony=ceremony, credential=credential)
    known_devices.remember_staff(signed_in.account)
    return signed_in


def with_password(username: str, password: str, totp_code: str | None = None, recovery_code: str | None = None) -> SignedIn:
    """Sign in a member of staff. Raises Throttled, PasswordWrong; TotpNeeded or PasskeyNeeded if the password is right and a
    second factor is missing."""
    name = username.casefold()
    with _guess(name, right=(TotpNeeded, PasskeyNeeded)), _counted("password"):
        counts = _count_for_account(name)
        signed_in = sign_in.with_password(
            current.accounts(), username=username, password=password, totp_code=totp_code, recovery_code=recovery_code
        )
        for limit, key in counts:
            limits.reset(limit, key)
    known_devices.remember(name)
    return signed_in


def sign_out() -> None:
    """End the session of the request and its live streams. Without a session nothing happens."""
    if (session_id := current.access().session_id) is None:
        return
    with current.accounts().transaction() as call:
        sign_in.sign_out(call)
    current.hub().end_of(session_id)


def _guess(name: str, *, right: tuple[type[Exception], ...] = ()) -> AbstractContextManager[None]:
    """Count a guess by the address, or by the device if `name` has signed in on it before. Raises Throttled."""
    if (device := known_devices.known_for(name)) is not None:
        return limits.guess(limits.DEVICE_FAILURES, device, right=right)
    return limits.guess(limits.SIGN_IN_FAILURES, right=right)


def _count_for_account(name: str) -> list[tuple[limits.Limit, str]]:
    """Count a guess at the password of `name` by the client, and by all strangers together, who may be many addresses. A known
    device is counted apart, so strangers do not lock it out. Returns what was counted. Raises Throttled."""
    if (device := known_devices.known_for(name)) is not None:
        counts = [(limits.ACCOUNT_FAILURES, f"{name}@{device}")]
    else:
        counts = [(limits.ACCOUNT_FAILURES, f"{name}@{limits.requester()}"), (limits.STRANGERS_FAILURES, name)]
    for limit, key in counts:
        limits.spend(limit, key)
    return counts


@contextmanager
def _counted(way: str) -> Iterator[None]:
    """Count the attempt in the metrics."""
    try:
        yield
    except (CodeWrong, PasswordWrong, PasskeyWrong, CeremonyOver):
        metrics.sign_ins.labels(way, "refused").inc()
        raise
    metrics.sign_ins.labels(way, "ok").inc()


def send_code(phone: str, code: str, valid_for: timedelta) -> None:
    """Send a code by SMS. Raises the refusals of notify."""
    minutes = int(valid_for.total_seconds() // 60)
    client.as_gateway.notify.send_code(phone=phone, code=code, minutes=minutes)
