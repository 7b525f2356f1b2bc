"""The message about a resident who has moved to another community. It has ids only."""

from datetime import datetime

from chassis.messaging.contracts import Message
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS


def moved(account: Account, at: datetime) -> Message:
    """Call it after the change: it carries the new version. `at` is aware."""
    return CONTRACTS.message(
        "account.moved.v1",
        aggregate_id=account.id,
        version=account.version,
        community_id=account.community_id,
        occurred_at=at,
        data={"account_id": str(account.id), "community_id": account.community_id, "moved_at": at.isoformat()},
    )
