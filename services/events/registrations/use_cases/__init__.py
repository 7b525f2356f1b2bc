"""Register and cancel, and the changes of a club event that also change its registrations."""

from services.events.registrations.use_cases.cancel_registration import cancel_registration
from services.events.registrations.use_cases.change_club_event import cancel_club_event, change_capacity
from services.events.registrations.use_cases.find_registrations import get_registration, list_registrations
from services.events.registrations.use_cases.register import register

__all__ = [
    "cancel_club_event",
    "cancel_registration",
    "change_capacity",
    "get_registration",
    "list_registrations",
    "register",
]
