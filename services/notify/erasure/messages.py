"""What notify hears of the erasure of an account, and its answer."""

from datetime import datetime
from uuid import UUID

from marshmallow import fields

from chassis.messaging.contracts import Message
from chassis.messaging.erasure import ErasureRead, Outcome, answer
from services.notify.notifications.messages import CONTRACTS


class ErasureSettledRead(ErasureRead):
    number = fields.String(required=True)


def account_erased(erasure_id: UUID, account_id: UUID, community_id: str, outcome: Outcome, at: datetime) -> Message:
    """What was erased and kept. `at` is aware."""
    return answer(
        CONTRACTS,
        "notify.account_erased.v1",
        erasure_id=erasure_id,
        account_id=account_id,
        community_id=community_id,
        outcome=outcome,
        at=at,
    )
