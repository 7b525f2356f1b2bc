"""Other systems, their rights and their keys. Only for admins."""

from typing import Any
from uuid import UUID

from gateway.api.access import staff
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import NO_CONTENT, PREFIX, Answer, Resource, created
from gateway.operations import systems as operations
from gateway.refusals.systems import KeyNotInForce, KeyReplaced
from gateway.systems.interface import (
    SYSTEMS,
    ChangeSystem,
    ListSystems,
    MadeSystemKey,
    NewSystem,
    NewSystemKey,
    ReplaceKey,
    System,
)

systems = Resource("systems", "外部系统 · Other systems, their rights and keys")
_ADMIN = staff("admin")
_ONE = "/systems/<uuid:system_id>"
_KEY = f"{_ONE}/keys/<uuid:key_id>"
_SHOWN_ONCE = "`secret` is only in this answer, and in the answer to a repetition with the same Idempotency-Key."


@systems.get("/systems", "List systems", query=ListSystems(), answer=SYSTEMS, needs=_ADMIN)
def list_systems(query: dict[str, Any]) -> dict[str, Any]:
    return operations.list_systems(**query)


@systems.post(
    "/systems",
    "Add a system",
    body=NewSystem(),
    answer=System(),
    needs=_ADMIN,
    description="It can do nothing before it has a key (POST /systems/{system_id}/keys).",
    links=links("system_id", "getSystem", "changeSystem", "makeSystemKey"),
)
def add_system(body: dict[str, Any]) -> Answer:
    return created(operations.add(**body), "/systems")


@systems.get(_ONE, "Read a system", answer=System(), needs=_ADMIN)
def get_system(system_id: UUID) -> dict[str, Any]:
    return operations.get(system_id)


@systems.patch(
    _ONE,
    "Change a system, or switch it off or on",
    body=ChangeSystem(),
    answer=System(),
    needs=_ADMIN,
    versioned=True,
    description="It applies from the next request of the system on. Its open streams end.",
)
def change_system(body: dict[str, Any], system_id: UUID) -> dict[str, Any]:
    return operations.change(system_id, **expected_version(), **body)


@systems.post(
    f"{_ONE}/keys",
    "Make a key or an OAuth client of a system",
    body=NewSystemKey(),
    answer=MadeSystemKey(),
    needs=_ADMIN,
    description=f"{_SHOWN_ONCE} A client gets access tokens with it: POST /oauth/token, RFC 6749 section 4.4.",
)
def make_system_key(body: dict[str, Any], system_id: UUID) -> Answer:
    return Answer(operations.make_key(system_id, **body), f"{PREFIX}/systems/{system_id}")


@systems.post(
    f"{_KEY}/replacement",
    "Replace a key, or the secret of an OAuth client",
    body=ReplaceKey(),
    answer=MadeSystemKey(),
    needs=_ADMIN,
    refuses=(KeyNotInForce, KeyReplaced),
    description=f"The old one works for `overlap_hours` more, so that the system can change over. {_SHOWN_ONCE}",
)
def replace_system_key(body: dict[str, Any], system_id: UUID, key_id: UUID) -> Answer:
    return Answer(operations.replace_key(system_id, key_id, **body), f"{PREFIX}/systems/{system_id}")


@systems.delete(_KEY, "Revoke a key or an OAuth client", needs=_ADMIN)
def revoke_system_key(system_id: UUID, key_id: UUID) -> Answer:
    operations.revoke_key(system_id, key_id)
    return NO_CONTENT
