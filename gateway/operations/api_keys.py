"""API keys by themselves, for clients of the API that know nothing of systems. Each key that is made here gets a system of its
own."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.http import current, idempotency
from gateway.operations import systems
from gateway.systems import keys, use_cases
from gateway.systems.models import ApiKey


def list_keys(*, limit: int, cursor: str | None = None) -> dict[str, Any]:
    """A page of the keys of the communities in which the admin works, the newest first. Raises InvalidField."""
    with current.accounts().reading() as call:
        found = keys.list_all(call, limit=limit, cursor=cursor)
    return {"items": [answer(key) for key in found.items], "next_cursor": found.next_cursor}


def make(*, label: str, scopes: list[str], community_id: str | None = None, whole_district: bool = False) -> dict[str, Any]:
    """A new system with a key, with its `secret`. Raises InvalidField."""
    days = systems.days_of(None)

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        communities = [community_id] if community_id else []
        system = use_cases.add(call, name=label, rights=scopes, communities=communities, whole_district=whole_district)
        secret, key = keys.make(call, system.id, days=days)
        return answer(key) | {"secret": secret}

    return idempotency.once(work)


def get(key_id: UUID) -> dict[str, Any]:
    """Raises NotFound."""
    with current.accounts().reading() as call:
        return answer(keys.get(call, key_id))


def revoke(key_id: UUID) -> None:
    """End the key and its open streams. Raises NotFound."""
    with current.accounts().transaction() as call:
        key = keys.get(call, key_id)
        assert key.system_id is not None  # noqa: S101 - keys.get has found its system
        keys.revoke(call, key.system_id, key_id)
    current.hub().end_of(key_id)


def answer(key: ApiKey) -> dict[str, Any]:
    """The key as JSON, without its secret."""
    return {
        "id": str(key.id),
        "version": key.version,
        "community_id": key.community_id,
        "label": key.label,
        "prefix": key.prefix,
        "system_id": str(key.system_id),
        "scopes": key.scopes,
        "whole_district": key.whole_district,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
