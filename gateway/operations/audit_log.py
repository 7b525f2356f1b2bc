"""The audit log for the API and the pages: entries within the reader's communities, with the names of the staff who acted."""

from typing import Any
from uuid import UUID

from gateway.accounts import names
from gateway.audit import reading
from gateway.audit.models import AuditEntry
from gateway.http import current


def list_entries(**query: Any) -> dict[str, Any]:
    """A page of entries as JSON, the newest first. `query` as for gateway.audit.reading.list_entries. Raises InvalidField for a
    malformed cursor."""
    with current.accounts().reading() as call:
        found = reading.list_entries(call.session, call.acting.reach, **query)
        known = names.names_of(call, {entry.actor_id for entry in found.items if entry.actor_id})
    return {"items": [_answer(entry, known) for entry in found.items], "next_cursor": found.next_cursor}


def _answer(entry: AuditEntry, known: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "at": entry.at.isoformat(),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor_name": known.get(entry.actor_id) if entry.actor_id else None,
        "actor_party": entry.actor_party,
        "kind": entry.kind,
        "subject_id": entry.subject_id,
        "label": entry.label,
        "action": entry.action,
        "communities": entry.communities,
        "version": entry.version,
        "before": entry.before,
        "after": entry.after,
        "correlation_id": entry.correlation_id,
    }
