"""The events service: the verbs of its features."""

from chassis.service import Service
from services.events.club_events import use_cases as club_events
from services.events.clubs import use_cases as clubs
from services.events.interface import EVENTS
from services.events.registrations import use_cases as registrations


class EventsService(Service):
    name = "events"
    interface = EVENTS
    use_cases = (clubs, club_events, registrations)
