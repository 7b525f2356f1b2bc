"""What events asks of booking, how it reads the answers, and the message to an organiser whose rooms were refused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from chassis.messaging.contracts import Message
from services.events.club_events.models import ClubEvent
from services.events.messages import CONTRACTS, message_about
from services.events.rooms.models import RoomClaim, RoomRefusal, WantedRoom


def claim_requested(club_event: ClubEvent, claim: RoomClaim, rooms: Sequence[WantedRoom], now: datetime) -> Message:
    """The request for all `rooms`, and no others. Call it after `claim.ask`."""
    return CONTRACTS.message(
        "club_event.claim_requested.v1",
        aggregate_id=claim.id,
        version=claim.version,
        community_id=claim.community_id,
        occurred_at=now,
        data={
            "claim_id": str(claim.id),
            "club_event_id": str(club_event.id),
            "request": claim.version,
            "title": club_event.title,
            "expires_at": None,
            "times": [_time(room) for room in rooms],
        },
    )


def rooms_refused(club_event: ClubEvent, refusals: Sequence[RoomRefusal], now: datetime) -> Message:
    """For the organiser. Call it after `changed`. `refusals` must not be empty."""
    first = refusals[0]
    starts_at = {session.id: session.starts_at for session in club_event.sessions}[first.session_id]
    data = {
        "club_event_id": str(club_event.id),
        "organiser_id": str(club_event.organiser_id),
        "title": club_event.title,
        "published": club_event.state == "published",
        "starts_at": starts_at.isoformat(),
        "reason": first.reason,
        "message": first.message,
        "session_ids": [str(refusal.session_id) for refusal in refusals],
    }
    if first.closure_id is not None:
        data["closure_id"] = str(first.closure_id)
    return message_about(club_event, "club_event.rooms_refused.v1", now, data)


def _time(room: WantedRoom) -> dict[str, Any]:
    return {
        "holder_id": str(room.session_id),
        "starts_at": room.whereabouts.starts_at.isoformat(),
        "ends_at": room.whereabouts.ends_at.isoformat(),
        "people": room.people,
        "resources": [{"kind": "space", "id": str(room.whereabouts.place.space_id)}],
        "equipment": room.equipment,
    }


# --- booking's answers ---


class Tolerant(Schema):
    class Meta:
        unknown = EXCLUDE


class AnswerRead(Tolerant):
    claim_id = fields.UUID(required=True)
    request = fields.Integer(required=True)


class GivenRead(Tolerant):
    kind_id = fields.String(required=True)
    name = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    quantity = fields.Integer(required=True)


class GrantedTimeRead(Tolerant):
    holder_id = fields.String(required=True)
    # Booking of the last release does not name it.
    equipment = fields.List(fields.Nested(GivenRead), load_default=None)


class ClaimGrantedRead(AnswerRead):
    times = fields.List(fields.Nested(GrantedTimeRead), required=True)


class RefusalRead(Tolerant):
    holder_id = fields.UUID(required=True)
    space_id = fields.UUID(required=True)
    reason = fields.String(required=True)
    message = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    alternatives = fields.List(fields.Raw(), required=True)


class ClaimRefusedRead(AnswerRead):
    refusals = fields.List(fields.Nested(RefusalRead), required=True)
    held = fields.List(fields.UUID(), required=True)


class ClaimDisruptedRead(Tolerant):
    claim_id = fields.UUID(required=True)
    closure_id = fields.UUID(required=True)
    refusals = fields.List(fields.Nested(RefusalRead), required=True)


class ClaimRestoredRead(Tolerant):
    claim_id = fields.UUID(required=True)
    closure_id = fields.UUID(required=True)
    holder_ids = fields.List(fields.UUID(), required=True)


ANSWERS = {
    "booking.claim_granted.v1": ClaimGrantedRead,
    "booking.claim_refused.v1": ClaimRefusedRead,
    "booking.claim_released.v1": AnswerRead,
}
# What becomes of rooms that it has given.
CLOSURES = {
    "booking.claim_disrupted.v1": ClaimDisruptedRead,
    "booking.claim_restored.v1": ClaimRestoredRead,
}
