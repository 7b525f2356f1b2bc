"""Entries of the audit log about accounts."""

from typing import Any
from uuid import UUID

from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.audit import recording
from gateway.audit.recording import Facts


def facts_of(account: Account) -> dict[str, Any]:
    """The fields of a staff account that the audit log may show. Take them before the change."""
    return {
        "username": account.username,
        "roles": sorted(account.roles),
        "grids": account.grids,
        "departments": sorted(account.departments or ()),
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


def resident_changed(
    call: AccountCall, account: Account, before: Facts | None, after: Facts, *, action: str = "changed"
) -> None:
    """Log a change of a resident, who is named by the end of the id only. `changed` is not logged if nothing differs."""
    recording.record(
        call,
        kind="resident",
        subject_id=account.id,
        label=str(account.id)[-12:],
        action=action,
        communities=Communities.only(account.community_id),
        version=account.version,
        before=before,
        after=after,
    )


def factors_reset(call: AccountCall, account: Account, reason: str) -> None:
    """Log that an admin removed the second factors of a colleague."""
    recording.record(
        call,
        kind="staff",
        subject_id=account.id,
        label=account.username or "",
        action="factors_reset",
        communities=account.reach,
        version=account.version,
        after={"reason": reason},
    )


def factor_changed(call: AccountCall, account: Account, change: str, kind: str) -> None:
    """Log that the owner of the account has added, replaced or removed a second factor."""
    recording.record(
        call,
        kind="staff",
        subject_id=account.id,
        label=account.username or "",
        action=f"factor_{change}",
        communities=account.reach,
        version=account.version,
        after={"factors": [kind]},
    )


def linked(call: AccountCall, account: Account, before: str | None, after: str | None) -> None:
    """Log which account of the OpenID provider an admin linked."""
    recording.record(
        call,
        kind="staff",
        subject_id=account.id,
        label=account.username or "",
        action="changed",
        communities=account.reach,
        version=account.version,
        before={"subject": before},
        after={"subject": after},
    )


def _both(reach: Communities, before: Facts) -> Communities:
    """Where the account works or worked, so that both admins read of it."""
    if reach.ids is None or before["whole_district"]:
        return DISTRICT
    return Communities.only(*reach.ids, *before["communities"])
