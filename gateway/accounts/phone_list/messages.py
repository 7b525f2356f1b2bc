"""The message about a change of somebody's sign-in phones. It has ids only."""

from datetime import datetime

from chassis.messaging.contracts import Message
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS

CHANGES = ADDED, REMOVED, MOVED, MAIN = ("added", "removed", "moved", "main_chosen")


def phones_changed(account: Account, change: str, at: datetime, *, usable_from: datetime | None = None) -> Message:
    """`change` is one of CHANGES. `at` and `usable_from` are aware. Call it after the change: it carries the new version."""
    return CONTRACTS.message(
        "account.phones_changed.v1",
        aggregate_id=account.id,
        version=account.version,
        community_id=account.community_id,
        occurred_at=at,
        data={
            "account_id": str(account.id),
            "change": change,
            "usable_from": usable_from.isoformat() if usable_from else None,
        },
    )
