"""The erasure of an account in one service: what the service is told, and what it answers.

A service that keeps something about accounts subscribes to the message that an account was erased. In the transaction of the
receipt it erases or anonymises its rows, and publishes what it erased and what it kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields
from uuid_utils.compat import uuid7

from chassis.messaging.contracts import Contracts, Message


class ErasureRead(Schema):
    """A tolerant reader of the message that an account was erased."""

    class Meta:
        unknown = EXCLUDE

    erasure_id = fields.UUID(required=True)
    account_id = fields.UUID(required=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """`count` rows of the kind `what` stay, without the person, because of `reason`. Both are codes, such as `cases` and
    `archive`."""

    what: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a service did with the rows of an account. `erased`: how many of each kind are gone."""

    erased: Mapping[str, int]
    kept: Sequence[Kept] = field(default_factory=tuple)


def answer(
    contracts: Contracts, type_: str, *, erasure_id: UUID, account_id: UUID, community_id: str, outcome: Outcome, at: datetime
) -> Message:
    """The message with which a service answers. Kinds without a row are left out. Each answer is an aggregate of its own:
    after a restore a service may answer again."""
    return contracts.message(
        type_,
        aggregate_id=uuid7(),
        version=1,
        community_id=community_id,
        occurred_at=at,
        data={
            "erasure_id": str(erasure_id),
            "account_id": str(account_id),
            "erased": [{"what": what, "count": count} for what, count in outcome.erased.items() if count],
            "kept": [{"what": kept.what, "count": kept.count, "reason": kept.reason} for kept in outcome.kept if kept.count],
        },
    )
