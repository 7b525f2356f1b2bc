"""Adds entries to the audit log, in the transaction of the change."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from chassis.observability import telemetry
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from gateway.audit.models import AuditEntry

# A longer value, such as the border of a grid, is stored as its length and a fingerprint.
MOST_BYTES = 2_000
Facts = Mapping[str, Any]


def record(
    call: Call,
    *,
    kind: str,
    subject_id: object,
    label: str,
    action: str,
    communities: Communities,
    version: int | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
    actor_id: UUID | None = None,
) -> None:
    """Add an entry about a change by the acting account. `before` and `after` are JSON objects with all fields that the log may
    show; the entry has those that differ. Nothing is added for `changed` if none differs. `actor_id`: who acted, if nobody is
    signed in."""
    old, new = _differing(before, after)
    if action == "changed" and not (old or new):
        return
    account_id = call.acting.account_id
    call.session.add(
        AuditEntry(
            at=call.now,
            actor_id=UUID(account_id) if account_id else actor_id,
            actor_party="staff" if account_id or actor_id else "system",
            kind=kind,
            subject_id=str(subject_id),
            label=label,
            action=action,
            communities=communities.to_claim(),
            version=version,
            before=old,
            after=new,
            correlation_id=telemetry.correlation_id(),
        )
    )


def _differing(before: Facts | None, after: Facts | None) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    names = [name for name in (after or before or {}) if (before or {}).get(name) != (after or {}).get(name)]
    return _of(before, names), _of(after, names)


def _of(facts: Facts | None, names: list[str]) -> dict[str, Any] | None:
    return None if facts is None else {name: _shortened(facts.get(name)) for name in names}


def _shortened(value: Any) -> Any:
    content = orjson.dumps(value)
    if len(content) <= MOST_BYTES:
        return value
    return {"bytes": len(content), "fingerprint": hashlib.sha256(content).hexdigest()[:16]}
