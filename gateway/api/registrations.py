"""Registrations for sessions of club events."""

from gateway.api.access import SIGNED_IN
from gateway.api.documentation import links
from gateway.api.resource import Resource
from services.events.interface.registrations import CANCEL_REGISTRATION, GET_REGISTRATION, LIST_REGISTRATIONS, REGISTER

registrations = Resource("registrations", "报名 · Registrations")
_NAMES = {"resident_id": "resident_name"}
_ONE = "/registrations/<uuid:registration_id>"

registrations.expose(
    REGISTER,
    "POST /sessions/<uuid:session_id>/registrations",
    who=SIGNED_IN,
    created="/registrations",
    links=links("registration_id", "getRegistration", "cancelRegistration"),
)
registrations.expose(LIST_REGISTRATIONS, "GET /registrations", who=SIGNED_IN, names=_NAMES)
registrations.expose(GET_REGISTRATION, f"GET {_ONE}", who=SIGNED_IN, names=_NAMES)
registrations.expose(CANCEL_REGISTRATION, f"POST {_ONE}/cancel", who=SIGNED_IN)
