"""The RPCs of `events`: they only translate."""

from typing import Any

from marshmallow import Schema

from chassis.database.pagination import Page
from chassis.service import Call, Payload, Service, command, query
from services.events import schemas, use_cases

CLUB, CLUB_EVENT, REGISTRATION = schemas.ClubOut(), schemas.ClubEventOut(), schemas.RegistrationOut()

LIST_CLUBS, CLUB_REF = schemas.ListClubs(), schemas.ClubRef()
LIST_CLUB_EVENTS, CLUB_EVENT_REF = schemas.ListClubEvents(), schemas.ClubEventRef()
DRAFT_CLUB_EVENT = schemas.DraftClubEvent()
REVISE_CLUB_EVENT = schemas.ReviseClubEvent(partial=schemas.CONTENT)
CHANGE_CLUB_EVENT, CANCEL_CLUB_EVENT = schemas.ChangeClubEvent(), schemas.CancelClubEvent()
CHANGE_CAPACITY = schemas.ChangeCapacity()
REGISTER, CANCEL_REGISTRATION = schemas.Register(), schemas.CancelRegistration()
LIST_REGISTRATIONS, REGISTRATION_REF = schemas.ListRegistrations(), schemas.RegistrationRef()


class EventsService(Service):
    name = "events"

    @query
    def list_clubs(self, call: Call, payload: Payload) -> Payload:
        return _page(CLUB, use_cases.list_clubs(call, LIST_CLUBS.load(payload)))

    @query
    def get_club(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB, use_cases.get_club(call, CLUB_REF.load(payload)))

    @command
    def join_club(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB, use_cases.join_club(call, CLUB_REF.load(payload)))

    @command
    def leave_club(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB, use_cases.leave_club(call, CLUB_REF.load(payload)))

    @query
    def list_club_events(self, call: Call, payload: Payload) -> Payload:
        return _page(CLUB_EVENT, use_cases.list_club_events(call, LIST_CLUB_EVENTS.load(payload)))

    @query
    def get_club_event(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.get_club_event(call, CLUB_EVENT_REF.load(payload)))

    @command
    def draft_club_event(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.draft_club_event(call, DRAFT_CLUB_EVENT.load(payload)))

    @command
    def revise_club_event(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.revise_club_event(call, REVISE_CLUB_EVENT.load(payload)))

    @command
    def publish_club_event(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.publish_club_event(call, CHANGE_CLUB_EVENT.load(payload)))

    @command
    def cancel_club_event(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.cancel_club_event(call, CANCEL_CLUB_EVENT.load(payload)))

    @command
    def change_capacity(self, call: Call, payload: Payload) -> Payload:
        return _dump(CLUB_EVENT, use_cases.change_capacity(call, CHANGE_CAPACITY.load(payload)))

    @command
    def register(self, call: Call, payload: Payload) -> Payload:
        return _dump(REGISTRATION, use_cases.register(call, REGISTER.load(payload)))

    @command
    def cancel_registration(self, call: Call, payload: Payload) -> Payload:
        return _dump(REGISTRATION, use_cases.cancel_registration(call, CANCEL_REGISTRATION.load(payload)))

    @query
    def list_registrations(self, call: Call, payload: Payload) -> Payload:
        return _page(REGISTRATION, use_cases.list_registrations(call, LIST_REGISTRATIONS.load(payload)))

    @query
    def get_registration(self, call: Call, payload: Payload) -> Payload:
        return _dump(REGISTRATION, use_cases.get_registration(call, REGISTRATION_REF.load(payload)))


def _dump(schema: Schema, thing: object) -> Payload:
    dumped: Payload = schema.dump(thing)
    return dumped


def _page(schema: Schema, found: Page[Any]) -> Payload:
    return {"items": schema.dump(found.items, many=True), "next_cursor": found.next_cursor}
