"""The message about a member of staff whose work changed. It carries the whole state, so a copy needs only the newest one."""

from datetime import datetime

from chassis.messaging.contracts import Message
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS


def work_changed(account: Account, by: str | None, at: datetime) -> Message:
    """`by` is the account of the admin, or None for the operator. `at` is aware. Call it after the change: the message carries
    the new version."""
    where = account.reach.ids
    return CONTRACTS.message(
        "account.work_changed.v1",
        aggregate_id=account.id,
        version=account.version,
        community_id=account.community_id,
        occurred_at=at,
        data={
            "account_id": str(account.id),
            "version": account.version,
            "active": account.disabled_at is None,
            "roles": sorted(account.roles),
            "communities": None if where is None else sorted(where),
            "departments": sorted(account.departments or ()),
            "changed_by": by,
            "changed_at": at.isoformat(),
        },
    )
