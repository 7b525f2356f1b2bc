"""Who looked at a person's data: the person's own view of the log of reveals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import cast

from chassis.database.pagination import Page, page
from gateway.accounts import names
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Reveal, RoleGrant


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody saw `fields_seen` of the person. `by` is empty if the member of staff has no name."""

    at: datetime
    by: str
    roles: list[str]
    fields_seen: list[str]
    operation: str


def list_own(call: AccountCall, *, limit: int, cursor: str | None = None) -> Page[Seen]:
    """What others saw of the acting account, the newest first. Raises Unauthenticated, InvalidField for a malformed cursor."""
    mine = select(Reveal).where(Reveal.subjects.contains(cast([call.acting.signed_in()], JSONB)))
    found = page(call.session, mine, keys=[(Reveal.at, "desc"), (Reveal.id, "desc")], limit=limit, cursor=cursor)
    by = {entry.account_id for entry in found.items}
    known, roles = names.names_of(call, by), _roles_of(call, by)
    items = [
        Seen(entry.at, known.get(entry.account_id, ""), roles.get(entry.account_id, []), entry.fields, entry.operation)
        for entry in found.items
    ]
    return Page(items, found.next_cursor)


def _roles_of(call: AccountCall, ids: set[UUID]) -> Mapping[UUID, list[str]]:
    grants = select(RoleGrant.account_id, RoleGrant.role).where(RoleGrant.account_id.in_(ids)).order_by(RoleGrant.role)
    found: dict[UUID, list[str]] = {}
    for account_id, role in call.session.execute(grants):
        found.setdefault(account_id, []).append(role)
    return found
