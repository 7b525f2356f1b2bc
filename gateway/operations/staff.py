"""Staff administration: adding, inviting and changing staff accounts, for the API and the pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from gateway.accounts import invitations, passwords, staff, views
from gateway.accounts.invitations import Invited
from gateway.http import current, idempotency, limits


def add(
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    password: str | None = None,
    grids: Sequence[str] = (),
    communities: Sequence[str] = (),
    whole_district: bool = False,
) -> dict[str, Any]:
    """A new member of staff as JSON. Without a password they are invited; `invitation` has the link. Raises UsernameTaken, and
    InvalidField for `communities`."""
    password_hash = passwords.hash_password(password) if password is not None else None

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        account = staff.create(
            call,
            username=username,
            name=name,
            password_hash=password_hash,
            roles=roles,
            grids=grids,
            communities=communities,
            whole_district=whole_district,
        )
        invited = None if password_hash else _answer(invitations.invite(call, account))
        return views.of_staff(account, call.personal) | {"invitation": invited}

    return idempotency.once(work)


def list_staff(**query: Any) -> dict[str, Any]:
    """A page of staff as JSON, sorted by username. `query` as for gateway.accounts.staff.list_staff. Raises InvalidField."""
    with current.accounts().reading() as call:
        found = staff.list_staff(call, **query)
        items = [views.of_staff(account, call.personal) for account in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def get(account_id: UUID) -> dict[str, Any]:
    """A member of staff as JSON, with `may_change`: whether the reader may change the account. Raises NotFound."""
    with current.accounts().reading() as call:
        account = staff.get(call, account_id)
        return views.of_staff(account, call.personal) | {"may_change": staff.may_change(call, account)}


def invite(account_id: UUID) -> dict[str, Any]:
    """A new link for the account: {token, link, expires_at}. Raises the errors of gateway.accounts.staff.invite."""

    def work(session: Session) -> dict[str, Any]:
        return _answer(staff.invite(current.accounts().within(session), account_id)[1])

    return idempotency.once(work)


def change(
    account_id: UUID, *, expected_version: int | None = None, password: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Change the given fields of gateway.accounts.staff.change. Returns the account as JSON. Raises its errors."""
    password_hash = passwords.hash_password(password) if password is not None else None
    with current.accounts().transaction() as call:
        account = staff.change(call, account_id, expected_version=expected_version, password_hash=password_hash, **changes)
        return views.of_staff(account, call.personal)


def read_invitation(token: str) -> str:
    """The username of the account that the token invites. Raises Throttled, InvitationUnknown, InvitationExpired,
    InvitationUsed."""
    with limits.guess(limits.SIGN_IN_FAILURES), current.accounts().reading() as call:
        return invitations.read(call, token).username or ""


def accept_invitation(token: str, password: str) -> str:
    """Set the password of the account that the token invites. Returns its username. Raises as `read_invitation`."""
    with limits.guess(limits.SIGN_IN_FAILURES):
        return invitations.accept(current.accounts(), token=token, password=password).username or ""


def _answer(invited: Invited) -> dict[str, Any]:
    link = f"{request.url_root}{invitations.PAGE}{invited.token}"
    return {"token": invited.token, "link": link, "expires_at": invited.expires_at.isoformat()}
