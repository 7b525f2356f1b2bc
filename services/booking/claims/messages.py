"""The requests of other services as booking reads them, and booking's answers. Titles are public; nothing else that people
wrote is read or published."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from chassis.messaging.contracts import Message
from services.booking.bookings.messages import CONTRACTS
from services.booking.claims.models import GRANTED, REFUSED, RELEASED, Asked, ClaimRequest, NotPossible

MOST_TIMES = 100  # of one request
MOST_SPACES = 20  # of one time
ANSWERS = {
    GRANTED: "booking.claim_granted.v1",
    REFUSED: "booking.claim_refused.v1",
    RELEASED: "booking.claim_released.v1",
}


class Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class ResourceRead(Tolerant):
    kind = fields.String(required=True, validate=validate.Equal("space"))
    id = fields.UUID(required=True)


class TimeRead(Tolerant):
    holder_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    people = fields.Integer(required=True)
    resources = fields.List(fields.Nested(ResourceRead), required=True, validate=validate.Length(min=1, max=MOST_SPACES))

    @post_load
    def _as_asked(self, data: dict[str, Any], **_: Any) -> Asked:
        space_ids = tuple(resource["id"] for resource in data.pop("resources"))
        return Asked(space_ids=space_ids, **data)


class ClaimRequestedRead(Tolerant):
    """A request of any service. Each service publishes it under a type of its own."""

    claim_id = fields.UUID(required=True)
    request = fields.Integer(required=True, validate=validate.Range(min=1))
    title = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None, allow_none=True)
    expires_at = fields.AwareDateTime(load_default=None, allow_none=True)
    times = fields.List(fields.Nested(TimeRead), required=True, validate=validate.Length(max=MOST_TIMES))


def granted(times: Sequence[Asked], expires_at: Any) -> dict[str, Any]:
    """What only the answer “granted” says."""
    return {
        "expires_at": expires_at.isoformat() if expires_at else None,
        "times": [
            {
                "holder_id": str(asked.holder_id),
                "starts_at": asked.starts_at.isoformat(),
                "ends_at": asked.ends_at.isoformat(),
                "space_ids": [str(space_id) for space_id in asked.space_ids],
            }
            for asked in times
        ],
    }


def refused(reasons: Iterable[NotPossible], held: Iterable[UUID]) -> dict[str, Any]:
    """What only the answer “refused” says. `held` are the holders that still have what they had before the request."""
    return {"refusals": _dumped(reasons), "held": sorted(str(holder_id) for holder_id in held)}


def _dumped(reasons: Iterable[NotPossible]) -> list[dict[str, Any]]:
    return [
        {
            "holder_id": str(reason.asked.holder_id),
            "space_id": str(reason.space_id),
            "reason": reason.refusal.code,
            "message": {language: reason.refusal.text(language) for language in ("zh-CN", "en")},
            "alternatives": list(reason.alternatives),
        }
        for reason in reasons
    ]


def claim_answered(request: ClaimRequest) -> Message:
    """The answer to the newest request. Call it after `settle` or `repeat`."""
    return CONTRACTS.message(
        ANSWERS[request.outcome],
        aggregate_id=request.id,
        version=request.version,
        community_id=request.community_id,
        occurred_at=request.answered_at,
        data={
            "claim_id": str(request.id),
            "request": request.request,
            "requested_by": request.requester,
            **request.answer,
        },
    )


def claim_disrupted(request: ClaimRequest, closure_id: UUID, reasons: Iterable[NotPossible], now: datetime) -> Message:
    """A closure is in the way of times that the claim has. It keeps them."""
    return _about_closure("booking.claim_disrupted.v1", 1, request, closure_id, now, refusals=_dumped(reasons))


def claim_restored(request: ClaimRequest, closure_id: UUID, holder_ids: Iterable[UUID], now: datetime) -> Message:
    """The closure was ended early or taken back."""
    holders = sorted(str(holder_id) for holder_id in holder_ids)
    return _about_closure("booking.claim_restored.v1", 2, request, closure_id, now, holder_ids=holders)


def _about_closure(
    type_: str, version: int, request: ClaimRequest, closure_id: UUID, now: datetime, **facts: list[Any]
) -> Message:
    """The subject is the claim under that closure: whoever closes spaces does not wait for requests about the claim."""
    return CONTRACTS.message(
        type_,
        aggregate_id=uuid5(closure_id, str(request.id)),
        version=version,
        community_id=request.community_id,
        occurred_at=now,
        data={
            "claim_id": str(request.id),
            "requested_by": request.requester,
            "closure_id": str(closure_id),
            **facts,
        },
    )
