"""Reading and changing your own account, with limits on guesses of its secrets."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.database.pagination import Page
from gateway.accounts import devices, names, own_data, reveals, views
from gateway.accounts.devices import Device
from gateway.accounts.reveals import Seen
from gateway.http import current, idempotency, limits


def read() -> dict[str, Any]:
    """The acting account, with the fields for its owner. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return views.for_owner(own_data.read(call), call.personal)


def seen_by(limit: int, cursor: str | None = None) -> Page[Seen]:
    """Who looked at the acting account's data, the newest first. Raises Unauthenticated, InvalidField for a malformed
    cursor."""
    with current.accounts().reading() as call:
        return reveals.list_own(call, limit=limit, cursor=cursor)


def signed_in_devices() -> Sequence[Device]:
    """The clients in which the acting account is signed in, the newest first. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return devices.list_own(call)


def sign_out_device(session_id: UUID) -> None:
    """Sign one client out, and end its live streams. Raises Unauthenticated, NotFound."""
    with current.accounts().transaction() as call:
        devices.end(call, session_id)
    current.hub().end_of(session_id)


def sign_out_others() -> None:
    """Sign every other client out, and end their live streams. Raises Unauthenticated."""
    others = [device.id for device in signed_in_devices() if not device.current]
    with current.accounts().transaction() as call:
        devices.end_others(call)
    for session_id in others:
        current.hub().end_of(session_id)


def name() -> str:
    """The acting account's name. Empty if it has none. Raises Unauthenticated."""
    account_id = UUID(current.identity().signed_in())
    with current.accounts().reading() as call:
        return names.names_of(call, [account_id]).get(account_id, "")


def change(*, name: str | None = None, language: str | None = None, expected_version: int | None = None) -> dict[str, Any]:
    """Change the given fields. Returns the account, with the fields for its owner. Raises Unauthenticated, VersionMismatch."""
    with current.accounts().transaction() as call:
        account = own_data.change(call, name=name, language=language, expected_version=expected_version)
        return views.for_owner(account, call.personal)


def change_password(old: str, new: str) -> None:
    """Change the password and sign out every other client of the account. Raises Throttled, PasswordWrong."""
    _spend_guess("password")
    own_data.change_password(current.accounts(), old=old, new=new)


def enrol_totp() -> dict[str, Any]:
    """A new authenticator secret and its otpauth:// address as `{secret, uri}`. Raises TotpOn."""

    def enrol(session: Session) -> dict[str, Any]:
        secret, uri = own_data.enrol_totp(current.accounts().within(session))
        return {"secret": secret, "uri": uri}

    return idempotency.once(enrol)


def confirm_totp(code: str) -> None:
    """Raises Throttled, CodeWrong, TotpOff, TotpOn."""
    _spend_guess("totp")
    with current.accounts().transaction() as call:
        own_data.confirm_totp(call, code=code)


def disable_totp(code: str) -> None:
    """Raises Throttled, TotpOff, CodeWrong."""
    _spend_guess("totp")

    def disable(session: Session) -> dict[str, Any]:
        own_data.disable_totp(current.accounts().within(session), code=code)
        return {}

    idempotency.once(disable)


def _spend_guess(secret: str) -> None:
    limits.spend(limits.ACCOUNT_FAILURES, f"{secret} of {current.identity().account_id}")
