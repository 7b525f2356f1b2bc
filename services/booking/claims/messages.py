"""The requests of other services as booking reads them, and booking's answers. Titles are public; nothing else that people
wrote is read or published."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates_schema

from chassis.messaging.contracts import Message
from services.booking.bookings.messages import CONTRACTS
from services.booking.claims.models import GRANTED, REFUSED, RELEASED, Asked, ClaimRequest, NotPossible
from services.booking.equipment.sessions import Given

MOST_TIMES = 100  # of one request
MOST_SPACES = 20  # of one time
MOST_KINDS = 10  # of equipment, of one time
MOST_QUANTITY = 10_000
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


class EquipmentRead(Tolerant):
    kind_id = fields.UUID(required=True)
    quantity = fields.Integer(required=True, validate=validate.Range(min=1, max=MOST_QUANTITY))


class TimeRead(Tolerant):
    holder_id = fields.UUID(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    people = fields.Integer(required=True)
    resources = fields.List(fields.Nested(ResourceRead), required=True, validate=validate.Length(min=1, max=MOST_SPACES))
    # A service of the last release does not name any.
    equipment = fields.List(fields.Nested(EquipmentRead), load_default=list, validate=validate.Length(max=MOST_KINDS))

    @post_load
    def _as_asked(self, data: dict[str, Any], **_: Any) -> Asked:
        space_ids = tuple(resource["id"] for resource in data.pop("resources"))
        equipment = tuple({one["kind_id"]: one["quantity"] for one in data.pop("equipment")}.items())
        return Asked(space_ids=space_ids, equipment=equipment, **data)


class ClaimRequestedRead(Tolerant):
    """A request of any service. Each service publishes it under a type of its own."""

    claim_id = fields.UUID(required=True)
    request = fields.Integer(required=True, validate=validate.Range(min=1))
    title = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None, allow_none=True)
    expires_at = fields.AwareDateTime(load_default=None, allow_none=True)
    times = fields.List(fields.Nested(TimeRead), required=True, validate=validate.Length(max=MOST_TIMES))

    @validates_schema
    def _equipment_is_for_good(self, data: dict[str, Any], **_: Any) -> None:
        if data["expires_at"] is not None and any(asked.equipment for asked in data["times"]):
            raise ValidationError("equipment is claimed for good, not held", "expires_at")


def granted(times: Sequence[Asked], expires_at: Any, equipment: Mapping[UUID, Sequence[Given]]) -> dict[str, Any]:
    """What only the answer “granted” says. `equipment` is what each holder has."""
    return {
        "expires_at": expires_at.isoformat() if expires_at else None,
        "times": [
            {
                "holder_id": str(asked.holder_id),
                "starts_at": asked.starts_at.isoformat(),
                "ends_at": asked.ends_at.isoformat(),
                "space_ids": [str(space_id) for space_id in asked.space_ids],
                "equipment": [
                    {"kind_id": str(one.kind_id), "name": dict(one.name), "quantity": one.quantity}
                    for one in equipment.get(asked.holder_id, ())
                ],
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
            "message": reason.refusal.in_words(),
            "alternatives": list(reason.alternatives),
        }
        | _missing(reason)
        for reason in reasons
    ]


def _missing(reason: NotPossible) -> dict[str, Any]:
    """The equipment that is not free, if that is the reason."""
    missing = reason.refusal.details.get("equipment", ())
    return (
        {"equipment": [{name: one[name] for name in ("kind_id", "name", "wanted", "free")} for one in missing]}
        if missing
        else {}
    )


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


def claim_disrupted(
    request: ClaimRequest, closure_id: UUID, reasons: Iterable[NotPossible], now: datetime, *, version: int = 1
) -> Message:
    """A closure is in the way of times that the claim has, or equipment of one of them is missing. It keeps the times."""
    return _about_closure("booking.claim_disrupted.v1", version, request, closure_id, now, refusals=_dumped(reasons))


def claim_restored(
    request: ClaimRequest, closure_id: UUID, holder_ids: Iterable[UUID], now: datetime, *, version: int = 2
) -> Message:
    """The closure was ended early or taken back, or the equipment is there again."""
    holders = sorted(str(holder_id) for holder_id in holder_ids)
    return _about_closure("booking.claim_restored.v1", version, request, closure_id, now, holder_ids=holders)


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
