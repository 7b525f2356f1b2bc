"""Registrations for sessions of club events."""

from typing import Any
from uuid import UUID

from gateway.accounts import subjects
from gateway.accounts.directory import add_names
from gateway.api.access import SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.documentation import links
from gateway.api.resource import Answer, Resource, created
from gateway.api.schemas.events import REGISTRATIONS, ListRegistrations, Register, Registration
from gateway.calls import calls

registrations = Resource("registrations", "报名 · Registrations")


@registrations.post(
    "/sessions/<uuid:session_id>/registrations",
    "Register for a session",
    body=Register(),
    answer=Registration(),
    needs=SIGNED_IN,
    description="Where no seat is left the registration waits (`state: waitlisted`, `position`) and moves up by itself.",
    links=links("registration_id", "getRegistration", "cancelRegistration"),
)
def register(body: dict[str, Any], session_id: UUID) -> Answer:
    subjects.check(body)
    return created(calls.call("events", "register", {**body, "session_id": session_id}), "/registrations")


@registrations.get(
    "/registrations", "List registrations", query=ListRegistrations(), answer=REGISTRATIONS, needs=SIGNED_IN, refuses=(403, 404)
)
def list_registrations(query: dict[str, Any]) -> dict[str, Any]:
    found = calls.call("events", "list_registrations", query)
    if query["scope"] == "desk":
        add_names(found["items"], resident_id="resident_name")
    return found


@registrations.get("/registrations/<uuid:registration_id>", "Read a registration", answer=Registration(), needs=SIGNED_IN)
def get_registration(registration_id: UUID) -> dict[str, Any]:
    registration = calls.call("events", "get_registration", {"registration_id": registration_id})
    add_names([registration], resident_id="resident_name")
    return registration


@registrations.post(
    "/registrations/<uuid:registration_id>/cancel",
    "Cancel a registration",
    status=200,
    answer=Registration(),
    needs=SIGNED_IN,
    versioned=True,
)
def cancel_registration(registration_id: UUID) -> dict[str, Any]:
    return calls.call("events", "cancel_registration", {"registration_id": registration_id, **expected_version()})
