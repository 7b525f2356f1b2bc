"""Who looked at a person's data: the person's own view of the log of reveals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import cast

from chassis.database.pagination import Page, page
from gateway.accounts import names
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, Reveal, RoleGrant


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody saw `fields_seen` of the person. `by` is empty if the member of staff has no name."""

    at: datetime
    by: str
    roles: list[str]
    fields_seen: list[str]
    operation: str


def list_own(call: AccountCall, *, limit: int, cursor: str | None = None) -> Page[Seen]:
    """What others saw of the acting account, and of accounts that were merged into it, the newest first. Raises
    Unauthenticated, InvalidField for a malformed cursor."""
    own = UUID(call.acting.signed_in())
    merged = call.session.scalars(select(Account.id).where(Account.merged_into == own)).all()
    seen = (Reveal.subjects.contains(cast([str(one)], JSONB)) for one in (own, *merged))
    mine = select(Reveal).where(or_(*seen))
    found = page(call.session, mine, keys=[(Reveal.at, "desc"), (Reveal.id, "desc")], limit=limit, cursor=cursor)
    by = {entry.account_id for entry in found.items}
    known, roles = names.names_of(call, by), _roles_of(call, by)
    items = [
        Seen(entry.at, known.get(entry.account_id, ""), roles.get(entry.account_id, []), entry.fields, entry.operation)
        for entry in found.items
    ]
    return Page(items, found.next_cursor)


def last_by_others(call: AccountCall, subject: UUID, *, operations: Sequence[str]) -> Seen | None:
    """The last time that others saw the account `subject` in one of `operations`. None if there is none. The caller decides who
    may know it."""
    of_subject = Reveal.subjects.contains(cast([str(subject)], JSONB))
    entry = call.session.scalar(
        select(Reveal)
        .where(of_subject, Reveal.operation.in_(operations), Reveal.account_id != UUID(call.acting.signed_in()))
        .order_by(Reveal.at.desc())
        .limit(1)
    )
    if entry is None:
        return None
    known = names.names_of(call, {entry.account_id})
    return Seen(entry.at, known.get(entry.account_id, ""), [], entry.fields, entry.operation)


def _roles_of(call: AccountCall, ids: set[UUID]) -> Mapping[UUID, list[str]]:
    grants = select(RoleGrant.account_id, RoleGrant.role).where(RoleGrant.account_id.in_(ids)).order_by(RoleGrant.role)
    found: dict[UUID, list[str]] = {}
    for account_id, role in call.session.execute(grants):
        found.setdefault(account_id, []).append(role)
    return found
