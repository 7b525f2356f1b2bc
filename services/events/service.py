"""The events service: the verbs of its features."""

from chassis.service import Service
from services.events.club_events import use_cases as club_events
from services.events.clubs import use_cases as clubs
from services.events.interface import EVENTS
from services.events.registrations.use_cases import cancel_registration, change_club_event, find_registrations, register


class EventsService(Service):
    name = "events"
    interface = EVENTS
    use_cases = (clubs, club_events, register, cancel_registration, change_club_event, find_registrations)
