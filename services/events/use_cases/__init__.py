"""One plain function for every verb of the service. They take a Call, change what the rules allow, and never commit."""

from services.events.use_cases.club_events import (
    cancel_club_event,
    change_capacity,
    draft_club_event,
    get_club_event,
    list_club_events,
    publish_club_event,
    revise_club_event,
)
from services.events.use_cases.clubs import get_club, join_club, leave_club, list_clubs
from services.events.use_cases.registrations import cancel_registration, get_registration, list_registrations, register

__all__ = [
    "cancel_club_event",
    "cancel_registration",
    "change_capacity",
    "draft_club_event",
    "get_club",
    "get_club_event",
    "get_registration",
    "join_club",
    "leave_club",
    "list_club_events",
    "list_clubs",
    "list_registrations",
    "publish_club_event",
    "register",
    "revise_club_event",
]
