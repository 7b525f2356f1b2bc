"""The message about a withdrawn consent. It names the account, and never what the person agreed to."""

from datetime import datetime
from typing import Literal

from chassis.messaging.contracts import Message
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS


def withdrawn(account: Account, at: datetime, *, by: Literal["resident", "staff"]) -> Message:
    """`at` is aware. Call it after the change: the message carries the new version."""
    return CONTRACTS.message(
        "account.consent_withdrawn.v1",
        aggregate_id=account.id,
        version=account.version,
        community_id=account.community_id,
        occurred_at=at,
        data={
            "account_id": str(account.id),
            "version": account.version,
            "withdrawn_at": at.isoformat(),
            "recorded_by": by,
        },
    )
