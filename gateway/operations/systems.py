"""Systems and their keys, for the API and the pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import OUT_OF_RANGE
from gateway.accounts.call import AccountCall
from gateway.http import current, idempotency
from gateway.systems import keys, use_cases, views
from gateway.systems.models import System


def list_systems(**query: Any) -> dict[str, Any]:
    """A page of the systems that the admin may see, each with its keys. `query` as for gateway.systems.use_cases."""
    with current.accounts().reading() as call:
        found = use_cases.list_systems(call, **query)
        known = keys.of_systems(call, found.items)
        items = [views.with_keys(views.of_system(system, call.personal), known[system.id], call.now) for system in found.items]
    return {"items": items, "next_cursor": found.next_cursor}


def get(system_id: UUID) -> dict[str, Any]:
    """Raises NotFound."""
    with current.accounts().reading() as call:
        return _answer(call, use_cases.get(call, system_id))


def add(**said: Any) -> dict[str, Any]:
    """A new system as JSON. Raises InvalidField."""

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        return _answer(call, use_cases.add(call, **said))

    return idempotency.once(work)


def change(system_id: UUID, **changes: Any) -> dict[str, Any]:
    """Change the system, and end its open streams: they are opened again with what it may do now. Raises the errors of
    gateway.systems.use_cases.change."""
    with current.accounts().transaction() as call:
        system = use_cases.change(call, system_id, **changes)
        answer = _answer(call, system)
    _end_streams(key["id"] for key in answer["keys"])
    return answer


def make_key(system_id: UUID, *, days: int | None = None, **said: Any) -> dict[str, Any]:
    """A new key or client, with its `secret`. Raises NotFound, InvalidField."""
    days = days_of(days)

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        secret, key = keys.make(call, system_id, days=days, **said)
        return views.of_key(key, call.now) | {"secret": secret}

    return idempotency.once(work)


def replace_key(system_id: UUID, key_id: UUID, *, days: int | None = None, **said: Any) -> dict[str, Any]:
    """A new key in the place of another, with its `secret`. Raises NotFound, InvalidField, KeyNotInForce, KeyReplaced."""
    days = days_of(days)

    def work(session: Session) -> dict[str, Any]:
        call = current.accounts().within(session)
        secret, key = keys.replace(call, system_id, key_id, days=days, **said)
        return views.of_key(key, call.now) | {"secret": secret}

    return idempotency.once(work)


def revoke_key(system_id: UUID, key_id: UUID) -> None:
    """End the key and its open streams. Raises NotFound."""
    with current.accounts().transaction() as call:
        keys.revoke(call, system_id, key_id)
    _end_streams([str(key_id)])


def days_of(days: int | None) -> int:
    """For how long a key is made. Raises InvalidField if that is longer than the installation allows."""
    own = current.gateway_settings()
    if days is None:
        return min(own.key_days, own.key_days_most)
    if days > own.key_days_most:
        raise InvalidField(OUT_OF_RANGE, "days", least=1, most=own.key_days_most)
    return days


def _answer(call: AccountCall, system: System) -> dict[str, Any]:
    return views.with_keys(views.of_system(system, call.personal), keys.of_system(call, system), call.now)


def _end_streams(key_ids: Any) -> None:
    for key_id in key_ids:
        current.hub().end_of(UUID(key_id))


def names_of(ids: Sequence[str]) -> dict[str, str]:
    """Names of systems by id, for staff."""
    if not ids:
        return {}
    with current.accounts().reading() as call:
        return {str(id_): name for id_, name in use_cases.names_of(call, [UUID(one) for one in ids]).items()}
