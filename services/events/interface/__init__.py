"""The verbs of `events`."""

from chassis.rpc.interface import Interface
from services.events.interface import club_events, clubs, registrations, rooms

EVENTS = Interface("events", clubs, club_events, rooms, registrations)
