"""Names of accounts for those who may see them. Every look at somebody else's data is written down."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from gateway.accounts.models import Account, Reveal
from gateway.http import current


def names_of(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by account id, in one query; accounts without a name are missing."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {account.id: account.name for account in _known(session, wanted)}


@dataclass(frozen=True, slots=True)
class _Known:
    id: UUID
    party: str
    name: str


def _known(session: Session, ids: set[UUID]) -> list[_Known]:
    rows = session.execute(
        select(Account.id, Account.party, Account.name).where(Account.id.in_(ids), Account.name.is_not(None))
    )
    personal = current.personal()
    return [_Known(account_id, party, personal.open(name)) for account_id, party, name in rows if name]


def log_reveal(session: Session, subjects: Sequence[UUID], fields: Sequence[str]) -> None:
    """Write down that the acting account was shown `fields` of `subjects`. One's own are no reveal."""
    acting = current.identity()
    others = sorted({str(subject) for subject in subjects} - {acting.account_id or ""})
    if not others:
        return
    session.add(
        Reveal(
            community_id=acting.community_id or current.settings().community,
            at=current.now(),
            account_id=UUID(acting.signed_in()),
            subjects=others,
            fields=list(fields),
            operation=request.endpoint or "",
            correlation_id=current.correlation_id(),
        )
    )


def add_names(items: Sequence[dict[str, Any]], **columns: str) -> None:
    """Put names beside ids for staff: `add_names(items, resident_id="resident_name")`. For anybody else, and for ids
    that nobody has, nothing is added. Residents' names are a reveal; those of staff are not."""
    if current.identity().party != "staff":
        return
    found = {UUID(item[source]) for item in items for source in columns if item.get(source)}
    if not found:
        return
    with transaction(current.database()) as session:
        known = _known(session, found)
        log_reveal(session, [account.id for account in known if account.party == "resident"], ["name"])
    names = {account.id: account.name for account in known}
    for item in items:
        for source, target in columns.items():
            if item.get(source):
                item[target] = names.get(UUID(item[source]))
