"""Likely doubles of residents, and merging them, for the API and the pages."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import views
from gateway.accounts.call import AccountCall
from gateway.accounts.merging import doubles, merge
from gateway.accounts.models import Account
from gateway.http import current, idempotency


def list_doubles(*, limit: int, cursor: str | None = None) -> dict[str, Any]:
    """Pairs of residents within reach as JSON. A page may be short although there is a next one. Logged as a reveal. Raises
    InvalidField for a malformed cursor."""
    with current.accounts().transaction() as call:
        found = doubles.list_doubles(call, limit=limit, cursor=cursor)
        items = [
            {
                "community_id": pair.first.community_id,
                "reasons": list(pair.reasons),
                "residents": [_one(call, pair.first), _one(call, pair.second)],
            }
            for pair in found.items
        ]
    return {"items": items, "next_cursor": found.next_cursor}


def merge_residents(account_id: UUID, other_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """The resident that stays as JSON, once per idempotency key. Raises what gateway.accounts.merging.merge raises."""

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        stays = merge.merge(call, account_id, other_id, expected_version=expected_version)
        return views.for_counter(stays, call.personal)

    return idempotency.once(work)


def _one(call: AccountCall, account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "name": call.personal.open(account.name) if account.name else None,
        "birth_year": account.birth_year,
        "claimed": merge.is_claimed(call, account),
    }
