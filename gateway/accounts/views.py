"""Accounts as JSON objects: for their owners, for colleagues, for staff at a counter."""

from collections.abc import Sequence
from typing import Any

from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list.models import ResidentPhone


def for_owner(account: Account, personal: PersonalFields) -> dict[str, Any]:
    """All fields except secrets."""
    return {
        "id": str(account.id),
        "version": account.version,
        "community_id": account.community_id,
        "party": account.party,
        "username": account.username,
        "name": _opened(personal, account.name),
        "phone": _opened(personal, account.phone),
        "language": account.language,
        "roles": account.roles,
        "grids": account.grids,
        "departments": account.departments,
        **_reach(account),
        "totp_enabled": account.totp_enabled,
    }


def of_staff(account: Account, personal: PersonalFields, factors: Sequence[str] | None = None) -> dict[str, Any]:
    """A member of staff, for colleagues. `factors` are the kinds of second factors, for admins."""
    return {
        "id": str(account.id),
        "version": account.version,
        "community_id": account.community_id,
        "username": account.username,
        "name": _opened(personal, account.name),
        "roles": account.roles,
        "grids": account.grids,
        "departments": account.departments,
        **_reach(account),
        "disabled": account.disabled_at is not None,
        "state": account.state,
        "factors": factors,
    }


def for_counter(account: Account, personal: PersonalFields) -> dict[str, Any]:
    """A resident with what staff need to reach and serve them."""
    return {
        "id": str(account.id),
        "version": account.version,
        "community_id": account.community_id,
        "name": _opened(personal, account.name),
        "phone": _opened(personal, account.phone),
        "contact_phone": _opened(personal, account.contact_phone),
        "birth_year": account.birth_year,
        "kept_by_staff": account.is_kept_by_staff,
        "household_id": str(account.household_id) if account.household_id else None,
    }


def phone(listed: ResidentPhone, personal: PersonalFields) -> dict[str, Any]:
    """A phone of a resident, for its owner and for staff at a counter."""
    return {
        "id": str(listed.id),
        "phone": personal.open(listed.phone),
        "use": listed.use,
        "main": listed.main,
        "usable_from": listed.usable_from.isoformat() if listed.usable_from else None,
        "added_at": listed.added_at.isoformat(),
    }


def of_resident(account: Account, personal: PersonalFields) -> dict[str, Any]:
    """A resident, for staff who act for them."""
    return {"id": str(account.id), "community_id": account.community_id, "name": _opened(personal, account.name)}


def found(account: Account, personal: PersonalFields) -> dict[str, Any]:
    """A resident in the result of a search: enough to tell two of the same name apart, and no phone."""
    return of_resident(account, personal) | {"birth_year": account.birth_year, "has_own_phone": account.phone is not None}


def _reach(account: Account) -> dict[str, Any]:
    ids = account.reach.ids if account.party == "staff" else ()
    return {"communities": sorted(ids or ()), "whole_district": account.whole_district}


def _opened(personal: PersonalFields, sealed: bytes | None) -> str | None:
    return personal.open(sealed) if sealed else None
