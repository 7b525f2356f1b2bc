"""Entries of the audit log about staff accounts and API keys."""

from typing import Any
from uuid import UUID

from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, ApiKey
from gateway.audit import recording
from gateway.audit.recording import Facts


def facts_of(account: Account) -> dict[str, Any]:
    """The fields of a staff account that the audit log may show. Take them before the change."""
    return {
        "username": account.username,
        "roles": sorted(account.roles),
        "grids": account.grids,
        "communities": sorted(account.reach.ids or ()),
        "whole_district": account.whole_district,
        "disabled": account.disabled_at is not None,
    }


def staff_changed(
    call: AccountCall,
    account: Account,
    action: str,
    *,
    before: Facts | None = None,
    named: bool = False,
    by: UUID | None = None,
) -> None:
    """Log a change of a staff account. `before` are its facts before; None: only the action is logged, or for `created` all
    facts. `named`: the name was changed; the log has no names of people."""
    after: dict[str, Any] | None = facts_of(account) if before is not None or action == "created" else None
    reaches = account.reach
    if before is not None and after is not None:
        reaches = _both(reaches, before)
        if named:
            before, after = {**before, "name": "(old)"}, {**after, "name": "(new)"}
    recording.record(
        call,
        kind="staff",
        subject_id=account.id,
        label=account.username or "",
        action=action,
        communities=reaches,
        version=account.version,
        before=before,
        after=after,
        actor_id=by,
    )


def key_changed(call: AccountCall, key: ApiKey, action: str) -> None:
    """Log a new or a revoked API key."""
    facts = {"label": key.label, "prefix": key.prefix, "scopes": key.scopes, "whole_district": key.whole_district}
    recording.record(
        call,
        kind="api_key",
        subject_id=key.id,
        label=key.label,
        action=action,
        communities=key.reach,
        version=key.version,
        after=facts if action == "created" else None,
    )


def _both(reach: Communities, before: Facts) -> Communities:
    """Where the account works or worked, so that both admins read of it."""
    if reach.ids is None or before["whole_district"]:
        return DISTRICT
    return Communities.only(*reach.ids, *before["communities"])
