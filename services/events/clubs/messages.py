"""Messages about memberships. The aggregate is the membership."""

from datetime import datetime
from typing import Any

from chassis.messaging.contracts import Message
from services.events.clubs.models import Club, Membership
from services.events.messages import message_about


def club_joined(club: Club, membership: Membership, now: datetime) -> Message:
    return _about_membership("club.joined.v1", club, membership, now, joined_at=now.isoformat())


def club_left(club: Club, membership: Membership, now: datetime) -> Message:
    return _about_membership("club.left.v1", club, membership, now, left_at=now.isoformat())


def _about_membership(type_: str, club: Club, membership: Membership, at: datetime, **more: Any) -> Message:
    data = {
        "membership_id": str(membership.id),
        "club_id": str(club.id),
        "club_name": club.name,
        "section": club.section,
        "resident_id": str(membership.resident_id),
        **more,
    }
    return message_about(membership, type_, at, data)
