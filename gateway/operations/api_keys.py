"""API keys of other systems, for the API and the pages."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.accounts import api_keys
from gateway.accounts.models import ApiKey
from gateway.http import current, idempotency


def list_keys(*, limit: int, cursor: str | None = None) -> dict[str, Any]:
    """A page of the keys of the communities in which the admin works, the newest first. Raises InvalidField."""
    with current.accounts().reading() as call:
        found = api_keys.list_keys(call, limit=limit, cursor=cursor)
    return {"items": [answer(key) for key in found.items], "next_cursor": found.next_cursor}


def make(*, label: str, scopes: list[str], community_id: str | None = None, whole_district: bool = False) -> dict[str, Any]:
    """A new key, with its `secret`. Raises InvalidField."""

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        secret, key = api_keys.create(
            call, label=label, scopes=scopes, community_id=community_id, whole_district=whole_district
        )
        return answer(key) | {"secret": secret}

    return idempotency.once(work)


def get(key_id: UUID) -> dict[str, Any]:
    """Raises NotFound."""
    with current.accounts().reading() as call:
        return answer(api_keys.get(call, key_id))


def revoke(key_id: UUID) -> None:
    """End the key and its open streams. Raises NotFound."""
    with current.accounts().transaction() as call:
        api_keys.revoke(call, key_id)
    current.hub().end_of(key_id)


def answer(key: ApiKey) -> dict[str, Any]:
    """The key as JSON, without its secret."""
    return {
        "id": str(key.id),
        "version": key.version,
        "community_id": key.community_id,
        "label": key.label,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "whole_district": key.whole_district,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
