"""The message about a merge. It has ids only."""

from pathlib import Path

from chassis.messaging.contracts import Contracts, Message
from gateway.accounts.models import Account

CONTRACTS = Contracts(Path(__file__).parents[2] / "contracts", source="gateway")


def account_merged(goes: Account, stays: Account, merged_at: str) -> Message:
    """`goes` was merged into `stays`. `merged_at` is RFC 3339. Call it after the change: it carries the new version."""
    return CONTRACTS.message(
        "account.merged.v1",
        aggregate_id=goes.id,
        version=goes.version,
        community_id=stays.community_id,
        occurred_at=goes.disabled_at or goes.created_at,
        data={"account_id": str(goes.id), "into": str(stays.id), "merged_at": merged_at},
    )
