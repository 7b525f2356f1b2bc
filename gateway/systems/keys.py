"""The keys and OAuth clients of a system, as admins make, replace and revoke them. A secret is shown once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from chassis.database.pagination import Page, page
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts.call import AccountCall
from gateway.refusals.systems import KeyNotInForce, KeyReplaced
from gateway.systems import auditing, use_cases
from gateway.systems.credentials import hash_of, new_secret
from gateway.systems.models import ApiKey, System

MOST_IN_FORCE = 20  # of one system
MOST_OVERLAP_HOURS = 30 * 24
DEFAULT_OVERLAP_HOURS = 24
TOO_MANY_KEYS = Rule(
    "too_many_keys", "The system has {most} keys already. Revoke one first.", "该系统已有 {most} 把密钥，请先吊销不用的。"
)


def make(call: AccountCall, system_id: UUID, *, days: int, kind: str = "key", label: str | None = None) -> tuple[str, ApiKey]:
    """A new key or OAuth client of the system, which ends after `days`. Returns its secret, of which this is the only copy, and
    its row. Raises NotFound, and InvalidField if the system has too many."""
    system = use_cases.locked(call, system_id)
    if sum(key.is_in_force(call.now) for key in of_system(call, system)) >= MOST_IN_FORCE:
        raise InvalidField(TOO_MANY_KEYS, "kind", most=MOST_IN_FORCE)
    secret, key = _new(call, system, kind=kind, label=label or system.name, days=days)
    auditing.key_changed(call, system, key, "created")
    return secret, key


def replace(
    call: AccountCall, system_id: UUID, key_id: UUID, *, days: int, overlap_hours: int = DEFAULT_OVERLAP_HOURS
) -> tuple[str, ApiKey]:
    """A new secret in the place of another, which works for `overlap_hours` more. An OAuth client keeps its id. Returns the
    new secret and its row. Raises NotFound, KeyNotInForce, and KeyReplaced if it was replaced already."""
    system, old = _one(call, system_id, key_id)
    if not old.is_in_force(call.now):
        raise KeyNotInForce()
    if old.replaced_by is not None:
        raise KeyReplaced()
    client_id = old.prefix if old.kind == "client" else None
    secret, new = _new(call, system, kind=old.kind, label=old.label, days=days, client_id=client_id)
    old.replace_by(new, call.now + timedelta(hours=overlap_hours))
    call.session.flush()
    auditing.key_changed(call, system, old, "replaced")
    auditing.key_changed(call, system, new, "created")
    return secret, new


def revoke(call: AccountCall, system_id: UUID, key_id: UUID) -> None:
    """End it at once. Revoking it twice changes nothing. Raises NotFound."""
    system, key = _one(call, system_id, key_id)
    if key.revoke(call.now):
        auditing.key_changed(call, system, key, "revoked")


def of_system(call: AccountCall, system: System) -> Sequence[ApiKey]:
    """All of them, the newest first."""
    return of_systems(call, [system])[system.id]


def of_systems(call: AccountCall, systems: Sequence[System]) -> dict[UUID, list[ApiKey]]:
    """Those of each system, by its id, the newest first. One query."""
    found: dict[UUID, list[ApiKey]] = {system.id: [] for system in systems}
    for key in call.session.scalars(select(ApiKey).where(ApiKey.system_id.in_(found)).order_by(ApiKey.id.desc())):
        if key.system_id is not None:
            found[key.system_id].append(key)
    return found


def list_all(call: AccountCall, *, limit: int, cursor: str | None = None) -> Page[ApiKey]:
    """The API keys of all systems whose whole reach the admin has, the newest first."""
    systems = select(System.id).where(use_cases.within_reach(call.acting.reach))
    statement = select(ApiKey).where(ApiKey.kind == "key", ApiKey.system_id.in_(systems))
    return page(call.session, statement, keys=[(ApiKey.id, "desc")], limit=limit, cursor=cursor)


def get(call: AccountCall, key_id: UUID) -> ApiKey:
    """An API key, for callers that know only its id. Raises NotFound."""
    key = call.session.get(ApiKey, key_id)
    if key is None or key.system_id is None:
        raise NotFound()
    use_cases.get(call, key.system_id)
    return key


def _one(call: AccountCall, system_id: UUID, key_id: UUID) -> tuple[System, ApiKey]:
    system = use_cases.locked(call, system_id)
    key = call.session.get(ApiKey, key_id, with_for_update=True, populate_existing=True)
    if key is None or key.system_id != system.id:
        raise NotFound()
    return system, key


def _new(
    call: AccountCall, system: System, *, kind: str, label: str, days: int, client_id: str | None = None
) -> tuple[str, ApiKey]:
    public, secret = new_secret(kind, client_id)
    key = ApiKey(
        system_id=system.id,
        kind=kind,
        community_id=system.community_id or (system.communities or [""])[0],
        label=label,
        prefix=public,
        secret_hash=hash_of(secret),
        scopes=list(system.rights),
        whole_district=system.whole_district,
        created_by=UUID(call.acting.signed_in()),
        created_at=call.now,
        expires_at=call.now + timedelta(days=days),
    )
    call.session.add(key)
    call.session.flush()
    return secret, key
