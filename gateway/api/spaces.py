"""Spaces of the centre and when they are free. Public."""

from typing import Any
from uuid import UUID

from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.api.schemas.bookings import SPACES, Availability, CentreWindow, ListSpaces, Space, SpaceFree, Window
from gateway.api.schemas.given import list_of
from gateway.calls import cache, calls
from gateway.calls.public_reads import public_call

spaces = Resource("spaces", "场地 · Rooms, courts and counters, and when they are free")


@spaces.get(
    "/spaces",
    "List spaces",
    query=ListSpaces(),
    answer=SPACES,
    links=links("space_id", "getSpace", "getAvailability", value=FIRST_ITEM),
)
def list_spaces(query: dict[str, Any]) -> dict[str, Any]:
    return public_call("booking", "list_spaces", query, tag=cache.SPACES)


@spaces.get(
    "/spaces/<uuid:space_id>",
    "Read a space",
    answer=Space(),
    links=links("space_id", "getAvailability"),
)
def get_space(space_id: UUID) -> dict[str, Any]:
    return public_call("booking", "get_space", {"space_id": str(space_id)}, tag=cache.SPACES)


@spaces.get("/spaces/<uuid:space_id>/availability", "When a space is free", query=Window(), answer=Availability())
def get_availability(query: dict[str, Any], space_id: UUID) -> dict[str, Any]:
    # Not kept: somebody who has just booked looks here.
    return calls.call("booking", "get_availability", {**query, "space_id": space_id})


@spaces.get("/availability", "When each space is free", query=CentreWindow(), answer=list_of(SpaceFree))
def get_centre_availability(query: dict[str, Any]) -> dict[str, Any]:
    return public_call("booking", "get_centre_availability", query, tag=cache.AVAILABILITY)
