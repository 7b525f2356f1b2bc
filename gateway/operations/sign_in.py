"""Signing in and out, with limits on guesses and on text messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from gateway.accounts import sign_in
from gateway.accounts.phones import normalised
from gateway.accounts.sign_in import SignedIn
from gateway.calls import client
from gateway.http import current, limits, metrics
from gateway.refusals import CodeWrong, PasswordWrong, TotpNeeded


def ask_code(phone: str) -> None:
    """Send a one-time code to the phone, also if it has no account. Raises InvalidField if it is not a mobile number,
    Throttled, TooManyCodes, and the refusals of notify."""
    number = normalised(phone)
    limits.spend(limits.CODES)
    sign_in.ask_code(current.accounts(), phone=number, send=_send_code)


def with_code(phone: str, code: str) -> SignedIn:
    """Sign in a resident. A new phone gets a new account. Raises InvalidField, Throttled, CodeWrong."""
    number = normalised(phone)
    with limits.guess(limits.SIGN_IN_FAILURES), _counted("code"):
        return sign_in.with_code(current.accounts(), phone=number, code=code)


def with_password(username: str, password: str, totp_code: str | None = None) -> SignedIn:
    """Sign in a member of staff. Raises Throttled, PasswordWrong, or TotpNeeded if the password is right and the code is
    missing."""
    with limits.guess(limits.SIGN_IN_FAILURES, right=(TotpNeeded,)), _counted("password"):
        limits.spend(limits.ACCOUNT_FAILURES, username.casefold())
        signed_in = sign_in.with_password(current.accounts(), username=username, password=password, totp_code=totp_code)
        limits.reset(limits.ACCOUNT_FAILURES, username.casefold())
        return signed_in


def sign_out() -> None:
    """End the session of the request and its live streams. Without a session nothing happens."""
    if (session_id := current.access().session_id) is None:
        return
    with current.accounts().transaction() as call:
        sign_in.sign_out(call)
    current.hub().end_of(session_id)


@contextmanager
def _counted(way: str) -> Iterator[None]:
    """Count the attempt in the metrics."""
    try:
        yield
    except (CodeWrong, PasswordWrong):
        metrics.sign_ins.labels(way, "refused").inc()
        raise
    metrics.sign_ins.labels(way, "ok").inc()


def _send_code(phone: str, code: str, valid_for: timedelta) -> None:
    minutes = int(valid_for.total_seconds() // 60)
    client.as_gateway.notify.send_code(phone=phone, code=code, minutes=minutes)
