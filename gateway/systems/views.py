"""Systems and their credentials as JSON objects, for admins."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.accounts.personal import PersonalFields
from gateway.systems.models import ApiKey, System


def of_system(system: System, personal: PersonalFields) -> dict[str, Any]:
    return {
        "id": str(system.id),
        "version": system.version,
        "community_id": system.community_id,
        "name": system.name,
        "contact": personal.open(system.contact) if system.contact else None,
        "communities": sorted(system.communities),
        "whole_district": system.whole_district,
        "rights": list(system.rights),
        "requests_per_minute": system.requests_per_minute,
        "disabled": system.disabled_at is not None,
        "created_at": system.created_at.isoformat(),
    }


def with_keys(answer: dict[str, Any], keys: Iterable[ApiKey], now: datetime) -> dict[str, Any]:
    """The system with its credentials, and when one of them was used last."""
    shown = [of_key(key, now) for key in keys]
    used = [key["last_used_at"] for key in shown if key["last_used_at"]]
    return answer | {"keys": shown, "last_used_at": max(used, default=None)}


def of_key(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A credential, without its secret."""
    return {
        "id": str(key.id),
        "kind": key.kind,
        "label": key.label,
        "prefix": key.prefix,
        "state": key.state(now),
        "created_at": key.created_at.isoformat(),
        "expires_at": _text(key.expires_at),
        "last_used_at": _text(key.last_used_at),
        "revoked_at": _text(key.revoked_at),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
