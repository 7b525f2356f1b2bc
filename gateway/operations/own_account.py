"""Reading and changing your own account, with limits on guesses of its secrets."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from gateway.accounts import devices, names, own_data, proofs, reveals, views
from gateway.accounts.devices import Device
from gateway.accounts.reveals import Seen
from gateway.http import current, limits
from gateway.operations import sign_in


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


def change(
    *,
    name: str | None = None,
    language: str | None = None,
    community_id: str | None = None,
    expected_version: int | None = None,
) -> dict[str, Any]:
    """Change the given fields. Returns the account, with the fields for its owner. Raises Unauthenticated, VersionMismatch,
    and what gateway.accounts.homes.move raises for `community_id`."""
    with current.accounts().transaction() as call:
        account = own_data.change(
            call, name=name, language=language, community_id=community_id, expected_version=expected_version
        )
        return views.for_owner(account, call.personal)


def ask_proof() -> None:
    """Send a code to the phone of the acting account. Raises Throttled, NoPhone, TooManyCodes, and the refusals of notify."""
    limits.spend(limits.CODES)
    proofs.ask_code(current.accounts(), send=sign_in.send_code)


def prove(code: str) -> None:
    """Prove with the code that the owner of the acting account is there. Raises Throttled, NoPhone, CodeWrong."""
    with limits.guess(limits.ACCOUNT_FAILURES, f"proofs of {current.identity().account_id}"):
        proofs.prove(current.accounts(), code=code)


def has_proved() -> bool:
    """Whether the owner of the acting account has proved lately that they are there."""
    with current.accounts().reading() as call:
        return proofs.is_fresh(call)


def change_password(old: str, new: str) -> None:
    """Change the password and sign out every other client of the account. Raises Throttled, PasswordWrong."""
    _spend_guess("password")
    own_data.change_password(current.accounts(), old=old, new=new)


def _spend_guess(secret: str) -> None:
    limits.spend(limits.ACCOUNT_FAILURES, f"{secret} of {current.identity().account_id}")
