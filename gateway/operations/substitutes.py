"""Substitutes during leave, for the API and the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import names
from gateway.accounts.call import AccountCall
from gateway.http import current, idempotency
from gateway.substitutes import use_cases
from gateway.substitutes.interface import SUBSTITUTION
from gateway.substitutes.models import Substitution


def add(*, substitute_id: UUID, starts_at: datetime, ends_at: datetime, account_id: UUID | None = None) -> dict[str, Any]:
    """A new substitution as JSON. Raises the errors of gateway.substitutes.use_cases.add."""

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        made = use_cases.add(call, substitute_id=substitute_id, starts_at=starts_at, ends_at=ends_at, account_id=account_id)
        return _answers(call, [made])[0]

    return idempotency.once(work)


def end(substitution_id: UUID) -> None:
    """Raises NotFound, WorksElsewhere."""
    with current.accounts().transaction() as call:
        use_cases.end(call, substitution_id)


def list_of(account_id: UUID | None = None) -> list[dict[str, Any]]:
    """Those of the acting account, or of a colleague, the newest first. Raises NotFound, WorksElsewhere."""
    with current.accounts().reading() as call:
        return _answers(call, list(use_cases.list_of(call, account_id)))


def candidates(account_id: UUID | None = None) -> list[tuple[str, str]]:
    """Who may stand in, as (account id, name), sorted by name. Raises NotFound, WorksElsewhere."""
    with current.accounts().reading() as call:
        found = use_cases.candidates(call, account_id)
    return sorted(((str(id_), name) for id_, name in found.items()), key=lambda pair: pair[1])


def _answers(call: AccountCall, rows: list[Substitution]) -> list[dict[str, Any]]:
    known = names.names_of(call, {id_ for row in rows for id_ in (row.account_id, row.substitute_id)})
    columns = ("id", "version", "community_id", "account_id", "substitute_id", "starts_at", "ends_at")
    return [
        SUBSTITUTION.dump(
            {name: getattr(row, name) for name in columns}
            | {
                "account_name": known.get(row.account_id),
                "substitute_name": known.get(row.substitute_id),
                "over": row.is_over(call.now),
            }
        )
        for row in rows
    ]
