"""Registrations for sessions of club events."""

from chassis.rpc.interface import (
    Command,
    Count,
    Expecting,
    Id,
    OneOf,
    Paged,
    Query,
    Request,
    Versioned,
    Words,
    identifier,
    moment,
    names,
    number,
    page_of,
    text,
    word,
)
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.interface.refusals import (
    AlreadyRegistered,
    NotPublished,
    RegistrationClosed,
    RegistrationNotCancellable,
    TooManySeats,
)

STATES = Words(
    {"confirmed": ("报名成功", "Registered"), "waitlisted": ("候补中", "Waiting"), "cancelled": ("已取消", "Cancelled")}
)
MAX_SEATS = 4  # in one registration


class Registration(Versioned):
    session_id = identifier()
    club_event_id = identifier(attribute="session.club_event_id")
    title = names("乒乓球趣味赛", "Table tennis fun day", attribute="session.club_event.title")
    starts_at = moment(attribute="session.starts_at")
    ends_at = moment("2026-03-02T11:00:00+08:00", attribute="session.ends_at")
    location = text("乒乓球室", attribute="session.place.location")
    resident_id = identifier()
    resident_name = text("张敏", maybe=True, description="only for staff; added by the gateway; each access is logged")
    registered_by = identifier()
    seats = number(1)
    state = word(STATES)
    position = number(2, maybe=True, description="place in the waiting list, from 1")
    created_at = moment()
    cancelled_at = moment(maybe=True)
    cancelled_by = word(("resident", "staff"), maybe=True)


class Register(Request):
    session_id = Id(required=True)
    seats = Count(least=1, most=100, example=1, load_default=1, description=f"at most {MAX_SEATS}")
    resident_id = Id(example=None, description="whom to register: your child; for staff also a resident")


class ListRegistrations(Paged):
    scope = OneOf("mine", "desk", load_default="mine", description="desk: all registrations of your community, for staff")
    resident_id = Id(description="in `mine`: you or your child")
    session_id = Id()
    club_event_id = Id()
    state = OneOf(*STATES)


class OneRegistration(Request):
    registration_id = Id(required=True)


class CancelRegistration(Expecting, OneRegistration):
    pass


REGISTER = Command(
    "events.register",
    "Register for a session",
    takes=Register(),
    gives=Registration(),
    refuses=(NotFound, Forbidden, NotPublished, RegistrationClosed, TooManySeats, AlreadyRegistered),
    description="If no seat is left, the registration is put on the waiting list (`state: waitlisted`, `position`). "
    "It moves up automatically.",
)
LIST_REGISTRATIONS = Query(
    "events.list_registrations",
    "List registrations",
    takes=ListRegistrations(),
    gives=page_of(Registration),
    refuses=(Forbidden, NotFound),
)
GET_REGISTRATION = Query(
    "events.get_registration", "Read a registration", takes=OneRegistration(), gives=Registration(), refuses=(NotFound,)
)
CANCEL_REGISTRATION = Command(
    "events.cancel_registration",
    "Cancel a registration",
    takes=CancelRegistration(),
    gives=Registration(),
    refuses=(NotFound, Forbidden, RegistrationNotCancellable),
)
