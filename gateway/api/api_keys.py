"""API keys of other systems, without the systems. Only for admins. New clients use gateway.api.systems."""

from typing import Any
from uuid import UUID

from chassis.rpc.interface import Paged
from gateway.api.access import staff
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, Answer, Resource, created
from gateway.operations import api_keys
from gateway.systems.interface import KEYS, Key, MadeKey, NewKey

keys = Resource("api-keys", "接口密钥 · Keys of other systems")
_ADMIN = staff("admin")


@keys.get("/api-keys", "List API keys", query=Paged(), answer=KEYS, needs=_ADMIN)
def list_keys(query: dict[str, Any]) -> dict[str, Any]:
    return api_keys.list_keys(**query)


@keys.post(
    "/api-keys",
    "Make an API key",
    body=NewKey(),
    answer=MadeKey(),
    needs=_ADMIN,
    description="Makes a system with this name and rights, and a key of it; see POST /systems. `secret` is only in this "
    "answer, and in the answer to a repetition with the same Idempotency-Key. Linli stores its hash.",
    links=links("key_id", "getKey", "revokeKey"),
)
def make_key(body: dict[str, Any]) -> Answer:
    return created(api_keys.make(**body), "/api-keys")


@keys.get("/api-keys/<uuid:key_id>", "Read an API key", answer=Key(), needs=_ADMIN)
def get_key(key_id: UUID) -> dict[str, Any]:
    return api_keys.get(key_id)


@keys.delete("/api-keys/<uuid:key_id>", "Revoke an API key", needs=_ADMIN)
def revoke_key(key_id: UUID) -> Answer:
    api_keys.revoke(key_id)
    return NO_CONTENT
