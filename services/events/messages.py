"""The contracts of `events`, and how a message is built from one. Each feature's `messages.py` uses this."""

from datetime import datetime
from pathlib import Path
from typing import Any

from chassis.database.engine import Aggregate
from chassis.messaging.contracts import Contracts, Message

CONTRACTS = Contracts(Path(__file__).parent / "contracts", source="events")


def message_about(aggregate: Aggregate, type_: str, at: datetime, data: dict[str, Any]) -> Message:
    """A message of `type_` (for example `club.joined.v1`) about a change that happened at `at` (aware). Call this after
    the change: the message carries the aggregate's version, which must be the new one."""
    return CONTRACTS.message(
        type_,
        aggregate_id=aggregate.id,
        version=aggregate.version,
        community_id=aggregate.community_id,
        occurred_at=at,
        data=data,
    )
