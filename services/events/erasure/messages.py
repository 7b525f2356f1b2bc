"""The answer to the erasure of an account."""

from datetime import datetime
from uuid import UUID

from chassis.messaging.contracts import Message
from chassis.messaging.erasure import Outcome, answer
from services.events.messages import CONTRACTS


def account_erased(erasure_id: UUID, account_id: UUID, community_id: str, outcome: Outcome, at: datetime) -> Message:
    """What was erased and kept. `at` is aware."""
    return answer(
        CONTRACTS,
        "events.account_erased.v1",
        erasure_id=erasure_id,
        account_id=account_id,
        community_id=community_id,
        outcome=outcome,
        at=at,
    )
