"""Accounts as others see them: to oneself, and to those who work with them."""

from typing import Any

from gateway.accounts.models import Account
from gateway.http import current


def to_oneself(account: Account) -> dict[str, Any]:
    """Everything but secrets."""
    personal = current.personal()
    return {
        "id": str(account.id),
        "version": account.version,
        "community_id": account.community_id,
        "party": account.party,
        "username": account.username,
        "name": personal.open(account.name) if account.name else None,
        "phone": personal.open(account.phone) if account.phone else None,
        "language": account.language,
        "roles": account.roles,
        "grids": _grids(account),
        "totp_enabled": account.totp_enabled,
    }


def as_staff(account: Account) -> dict[str, Any]:
    """A member of staff to colleagues."""
    personal = current.personal()
    return {
        "id": str(account.id),
        "version": account.version,
        "community_id": account.community_id,
        "username": account.username,
        "name": personal.open(account.name) if account.name else None,
        "roles": account.roles,
        "grids": _grids(account),
        "disabled": account.disabled_at is not None,
    }


def as_resident(account: Account) -> dict[str, Any]:
    """A resident to a clerk who serves them."""
    personal = current.personal()
    name = personal.open(account.name) if account.name else None
    return {"id": str(account.id), "community_id": account.community_id, "name": name}


def _grids(account: Account) -> list[str]:
    return sorted({grid for grant in account.grants for grid in grant.grids})
