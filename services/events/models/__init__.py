"""The tables of `events` and the rules that live on them; no I/O."""

from services.events.models.base import Base
from services.events.models.club import AUDIENCES, CLUB_KINDS, SECTIONS, Club, Membership
from services.events.models.club_event import CLUB_EVENT_STATES, MAX_CAPACITY, MAX_DURATION, ClubEvent
from services.events.models.club_session import ClubSession
from services.events.models.registration import MAX_SEATS, REGISTRATION_STATES, Registration

__all__ = [
    "AUDIENCES",
    "CLUB_EVENT_STATES",
    "CLUB_KINDS",
    "MAX_CAPACITY",
    "MAX_DURATION",
    "MAX_SEATS",
    "REGISTRATION_STATES",
    "SECTIONS",
    "Base",
    "Club",
    "ClubEvent",
    "ClubSession",
    "Membership",
    "Registration",
]
