"""What booking reads about staff, and what it says when a space has lost its approvers. The reader is tolerant: it lists only
the fields that booking uses."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.contracts import Message
from services.booking.bookings.messages import CONTRACTS
from services.booking.spaces.models import Space


class WorkRead(Schema):
    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    active = fields.Boolean(required=True)
    communities = fields.List(fields.String(), required=True, allow_none=True)
    roles = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)


def approvers_left(space: Space, admins: Sequence[UUID], occurred_at: datetime) -> Message:
    """The last approver of the space has left. `occurred_at` is aware. Call it after the change: it carries the new version."""
    return CONTRACTS.message(
        "booking.approvers_left.v1",
        aggregate_id=space.id,
        version=space.version,
        community_id=space.community_id,
        occurred_at=occurred_at,
        data={"space_id": str(space.id), "space_name": space.name, "staff_ids": [str(one) for one in admins]},
    )
