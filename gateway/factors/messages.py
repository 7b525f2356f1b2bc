"""The message about a changed factor. It names the kind, and never the factor itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from chassis.messaging.contracts import Message
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS

Change = Literal["added", "replaced", "removed"]


def factor_changed(account: Account, change: Change, kinds: Sequence[str], by: str, at: datetime) -> Message:
    """`by`: owner or admin. `at` is aware. Call it after the change: the message carries the new version."""
    return CONTRACTS.message(
        "account.factor_changed.v1",
        aggregate_id=account.id,
        version=account.version,
        community_id=account.community_id,
        occurred_at=at,
        data={
            "account_id": str(account.id),
            "version": account.version,
            "change": change,
            "factors": list(kinds),
            "changed_by": by,
            "changed_at": at.isoformat(),
        },
    )
