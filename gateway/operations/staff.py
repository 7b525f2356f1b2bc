"""Staff administration: adding, inviting and changing staff accounts, for the API and the pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from gateway.accounts import invitations, passwords, views
from gateway.accounts.call import AccountCall
from gateway.accounts.invitations import Invited
from gateway.accounts.models import Account
from gateway.accounts.staff import adding, changing, members
from gateway.factors import kinds
from gateway.http import current, idempotency, limits


def add(
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    password: str | None = None,
    grids: Sequence[str] = (),
    departments: Sequence[str] = (),
    communities: Sequence[str] = (),
    whole_district: bool = False,
) -> dict[str, Any]:
    """A new member of staff as JSON. Without a password they are invited; `invitation` has the link. Raises UsernameTaken, and
    InvalidField for `communities`."""
    password_hash = passwords.hash_password(password) if password is not None else None

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        account = adding.create(
            call,
            username=username,
            name=name,
            password_hash=password_hash,
            roles=roles,
            grids=grids,
            departments=departments,
            communities=communities,
            whole_district=whole_district,
        )
        invited = None if password_hash else _answer(invitations.invite(call, account))
        return _shown(call, account) | {"invitation": invited}

    return idempotency.once(work)


def list_staff(**query: Any) -> dict[str, Any]:
    """A page of staff as JSON, sorted by username. `query` as for gateway.accounts.staff.members.list_staff. Only
    admins see and filter by second factors. Raises InvalidField, Forbidden."""
    if "second_factor" in query:
        current.identity().require_role("admin")
    with current.accounts().reading() as call:
        found = members.list_staff(call, **query)
        factors = kinds.of_all(call.session, found.items) if current.identity().has_role("admin") else {}
        items = [views.of_staff(account, call.personal, factors.get(account.id)) for account in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def get(account_id: UUID) -> dict[str, Any]:
    """A member of staff as JSON, with `may_change`: whether the reader may change the account. Raises NotFound."""
    with current.accounts().reading() as call:
        account = members.get(call, account_id)
        return _shown(call, account) | {"may_change": members.may_change(call, account)}


def invite(account_id: UUID) -> dict[str, Any]:
    """A new link for the account: {token, link, expires_at}. Raises the errors of gateway.accounts.staff.changing.invite."""

    def work(session: Session) -> dict[str, Any]:
        return _answer(changing.invite(current.accounts().within(session), account_id)[1])

    return idempotency.once(work)


def change(
    account_id: UUID, *, expected_version: int | None = None, password: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Change the given fields of gateway.accounts.staff.changing.change. Returns the account as JSON. Raises its errors."""
    password_hash = passwords.hash_password(password) if password is not None else None
    with current.accounts().transaction() as call:
        account = changing.change(call, account_id, expected_version=expected_version, password_hash=password_hash, **changes)
        return _shown(call, account)


def read_invitation(token: str) -> str:
    """The username of the account that the token invites. Raises Throttled, InvitationUnknown, InvitationExpired,
    InvitationUsed."""
    with limits.guess(limits.SIGN_IN_FAILURES), current.accounts().reading() as call:
        return invitations.read(call, token).username or ""


def accept_invitation(token: str, password: str) -> str:
    """Set the password of the account that the token invites. Returns its username. Raises as `read_invitation`."""
    with limits.guess(limits.SIGN_IN_FAILURES):
        return invitations.accept(current.accounts(), token=token, password=password).username or ""


def _shown(call: AccountCall, account: Account) -> dict[str, Any]:
    """A member of staff, for an admin."""
    return views.of_staff(account, call.personal, kinds.of(call.session, account))


def _answer(invited: Invited) -> dict[str, Any]:
    link = f"{request.url_root}{invitations.PAGE}{invited.token}"
    return {"token": invited.token, "link": link, "expires_at": invited.expires_at.isoformat()}
