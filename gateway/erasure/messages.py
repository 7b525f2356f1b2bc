"""The messages about an erasure. They carry ids only, and the number of the receipt for notify."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.contracts import Message
from gateway.directory.messages import CONTRACTS
from gateway.erasure.models import Erasure


class ErasedRead(Schema):
    """What a service answers, as far as the gateway uses it."""

    class Meta:
        unknown = EXCLUDE

    erasure_id = fields.UUID(required=True)
    erased = fields.List(fields.Dict(), required=True)
    kept = fields.List(fields.Dict(), required=True)


# The answers of the services, which gateway.service subscribes to.
ANSWERS: Mapping[str, str] = {
    "booking": "booking.account_erased.v1",
    "cases": "cases.account_erased.v1",
    "events": "events.account_erased.v1",
    "notify": "notify.account_erased.v1",
}


def requested(erasure: Erasure, at: datetime) -> Message:
    by = "staff" if erasure.requested_by else "resident"
    return _about("account.erasure_requested.v1", erasure, at, due_at=erasure.due_at.isoformat(), requested_by=by)


def erased(erasure: Erasure, at: datetime) -> Message:
    return _about("account.erased.v1", erasure, at, erased_at=at.isoformat())


def settled(erasure: Erasure, at: datetime) -> Message:
    return _about("account.erasure_settled.v1", erasure, at, number=erasure.number)


def _about(type_: str, erasure: Erasure, at: datetime, **more: Any) -> Message:
    """`at` is aware. Call it after the change: the message carries the new version."""
    return CONTRACTS.message(
        type_,
        aggregate_id=erasure.id,
        version=erasure.version,
        community_id=erasure.community_id,
        occurred_at=at,
        data={"erasure_id": str(erasure.id), "account_id": str(erasure.account_id), **more},
    )
