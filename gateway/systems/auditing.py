"""Entries of the audit log about systems and their credentials."""

from typing import Any

from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.call import AccountCall
from gateway.audit import recording
from gateway.audit.recording import Facts
from gateway.systems.models import ApiKey, System


def facts_of(system: System) -> dict[str, Any]:
    """The fields of a system that the audit log may show. Take them before the change."""
    return {
        "name": system.name,
        "communities": sorted(system.communities),
        "whole_district": system.whole_district,
        "rights": list(system.rights),
        "requests_per_minute": system.requests_per_minute,
        "disabled": system.disabled_at is not None,
    }


def system_changed(
    call: AccountCall, system: System, action: str, *, before: Facts | None = None, contact: bool = False
) -> None:
    """Log a change of a system. `before` are its facts before; None: it is new. `contact`: the contact was changed; the log has
    no names of people."""
    after, reach = facts_of(system), system.reach
    if before is not None:
        ids = reach.ids
        both = ids is None or before["whole_district"]
        reach = DISTRICT if both else Communities.only(*(ids or ()), *before["communities"])
        if contact:
            before, after = {**before, "contact": "(old)"}, {**after, "contact": "(new)"}
    recording.record(
        call,
        kind="system",
        subject_id=system.id,
        label=system.name,
        action=action,
        communities=reach,
        version=system.version,
        before=before,
        after=after,
    )


def key_changed(call: AccountCall, system: System, key: ApiKey, action: str) -> None:
    """Log a credential that was made, replaced or revoked."""
    facts = {
        "label": key.label,
        "prefix": key.prefix,
        "kind": key.kind,
        "scopes": key.scopes,
        "whole_district": key.whole_district,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }
    recording.record(
        call,
        kind="api_key",
        subject_id=key.id,
        label=f"{system.name} {key.prefix}" if system.name != key.label else key.label,
        action=action,
        communities=system.reach,
        version=key.version,
        after=facts if action == "created" else None,
    )
