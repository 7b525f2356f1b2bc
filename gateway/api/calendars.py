"""Calendar files (RFC 5545): one booking or registration, a space, the programme of a centre, and one's own secret address."""

from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from chassis.rpc.interface import Answer, Flag, Request, flag, moment, text
from chassis.rpc.refusal import NotFound
from gateway.api.access import SIGNED_IN
from gateway.api.resource import NO_CONTENT, Resource
from gateway.api.resource import Answer as Outcome
from gateway.calendars.file import MEDIA_TYPE
from gateway.operations import calendars as operations

calendars = Resource("calendars", "日历 · Calendar files and addresses")
_FILE = {"text/calendar": {"schema": {"type": "string"}, "example": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"}}
_AGE = 300  # seconds that a proxy or a program may keep a public file


class Address(Answer):
    """The address from which calendar programs read your bookings and registrations."""

    made_at = moment()
    of_children = flag(description="whether it shows the bookings and registrations of your children")
    read_at = moment(maybe=True, description="when a program has read it, to the hour")


class ChangeAddress(Request):
    of_children = Flag(required=True, example=True, description="everybody who has the address sees those of your children too")


class NewAddress(Address):
    address = text("https://linli.example/api/v1/calendars/lk_…/linli.ics", description="it is shown once; keep it secret")


@calendars.get("/me/calendar", "See whether you have a calendar address", answer=Address(), needs=SIGNED_IN, refuses=[NotFound])
def get_calendar_address() -> dict[str, Any]:
    if (found := operations.own_address()) is None:
        raise NotFound()
    return found


@calendars.post(
    "/me/calendar",
    "Make a calendar address",
    answer=NewAddress(),
    needs=SIGNED_IN,
    description="Whoever has the address reads your bookings and registrations, without signing in. Those of your children are "
    "not in it, unless you add them with PATCH. An earlier address stops.",
)
def make_calendar_address() -> dict[str, Any]:
    made = operations.make_address(of_children=False)
    return {"address": address_of(made.pop("token")), **made}


@calendars.patch(
    "/me/calendar",
    "Add your children to your calendar address, or take them away",
    body=ChangeAddress(),
    answer=Address(),
    needs=SIGNED_IN,
    refuses=[NotFound],
)
def change_calendar_address(body: dict[str, Any]) -> dict[str, Any]:
    return operations.show_children(**body)


@calendars.delete("/me/calendar", "Revoke your calendar address", needs=SIGNED_IN)
def revoke_calendar_address() -> Outcome:
    operations.revoke_address()
    return NO_CONTENT


@calendars.get(
    "/calendars/<token>/linli.ics",
    "Read the calendar of an address",
    content=_FILE,
    refuses=[NotFound, 429],
    description="For calendar programs. From 60 days ago on; what was cancelled has `STATUS:CANCELLED`.",
)
def read_calendar(token: str) -> Response:
    return _respond(operations.of_address(token, _site()), "private, no-cache")


@calendars.get("/bookings/<uuid:booking_id>/calendar.ics", "Read a booking as a calendar file", content=_FILE, needs=SIGNED_IN)
def get_calendar_of_booking(booking_id: UUID) -> Response:
    return _respond(operations.of_booking(booking_id, _site()), "private, no-cache")


@calendars.get(
    "/registrations/<uuid:registration_id>/calendar.ics",
    "Read a registration as a calendar file",
    content=_FILE,
    needs=SIGNED_IN,
)
def get_calendar_of_registration(registration_id: UUID) -> Response:
    return _respond(operations.of_registration(registration_id, _site()), "private, no-cache")


@calendars.get(
    "/spaces/<uuid:space_id>/calendar.ics",
    "Read when a space is taken, as a calendar file",
    content=_FILE,
    refuses=[NotFound],
    description="The next 31 days. It does not say by whom.",
)
def get_calendar_of_space(space_id: UUID) -> Response:
    return _respond(operations.of_space(space_id, _site()), f"public, max-age={_AGE}")


@calendars.get(
    "/club-events/calendar.ics",
    "Read the programme of a centre as a calendar file",
    content=_FILE,
    of_community=True,
    description="Sessions of club events that are published or were cancelled, from today on.",
)
def get_programme() -> Response:
    return _respond(operations.programme(_site()), f"public, max-age={_AGE}")


def address_of(token: str) -> str:
    """The whole address for a calendar program."""
    return url_for("calendars.read_calendar", token=token, _external=True)


def _site() -> str:
    return request.host_url.rstrip("/")


def _respond(content: bytes, caching: str) -> Response:
    """The file, or 304 if the program has it. The entity tag is that of the content."""
    response = Response(content, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = caching
    response.headers["Content-Disposition"] = "inline; filename=linli.ics"
    response.add_etag()
    response.make_conditional(request)
    return response
