"""API keys of other systems. Only for admins."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.interface import Paged
from gateway.accounts import api_keys
from gateway.accounts.interface import KEYS, Key, MadeKey, NewKey
from gateway.accounts.models import ApiKey
from gateway.api.access import staff
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, Resource, created
from gateway.http import current, idempotency

keys = Resource("api-keys", "接口密钥 · Keys of other systems")
_ADMIN = staff("admin")


@keys.get("/api-keys", "List API keys", query=Paged(), answer=KEYS, needs=_ADMIN)
def list_keys(query: dict[str, Any]) -> dict[str, Any]:
    with current.accounts().reading() as call:
        found = api_keys.list_keys(call, limit=query["limit"], cursor=query.get("cursor"))
    return {"items": [_answer(key) for key in found.items], "next_cursor": found.next_cursor}


@keys.post(
    "/api-keys",
    "Make an API key",
    body=NewKey(),
    answer=MadeKey(),
    needs=_ADMIN,
    description="`secret` is only in this answer, and in the answer to a repetition with the same Idempotency-Key. "
    "Linli stores its hash.",
    links=links("key_id", "getKey", "revokeKey"),
)
def make_key(body: dict[str, Any]) -> Answer:
    def make(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        secret, key = api_keys.create(call, label=body["label"], scopes=body["scopes"])
        return _answer(key) | {"secret": secret}

    return created(idempotency.once(make), "/api-keys")


@keys.get("/api-keys/<uuid:key_id>", "Read an API key", answer=Key(), needs=_ADMIN)
def get_key(key_id: UUID) -> dict[str, Any]:
    with current.accounts().reading() as call:
        return _answer(api_keys.get(call, key_id))


@keys.delete("/api-keys/<uuid:key_id>", "Revoke an API key", needs=_ADMIN)
def revoke_key(key_id: UUID) -> Answer:
    with current.accounts().transaction() as call:
        api_keys.revoke(call, key_id)
    current.hub().end_of(key_id)
    return NO_CONTENT


def _answer(key: ApiKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "version": key.version,
        "community_id": key.community_id,
        "label": key.label,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
