"""Clubs and club events."""

from typing import Any
from uuid import UUID

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN, staff
from gateway.api.answers import expected_version
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Answer, Resource, created
from gateway.api.schemas.events import (
    CLUB_EVENTS,
    CLUBS,
    CancelClubEvent,
    ChangeCapacity,
    Club,
    ClubEvent,
    DraftClubEvent,
    ListClubEvents,
    ListClubs,
    ReviseClubEvent,
)
from gateway.calls import cache, calls
from gateway.calls.public_reads import public_call
from gateway.http import current

clubs = Resource("clubs", "社团 · Clubs")
club_events = Resource("club-events", "活动 · Club events and their sessions")
_ORGANISER = staff("organiser")
_NEXT = ("getClubEvent", "reviseClubEvent", "publishClubEvent", "cancelClubEvent")


def _read(method: str, payload: dict[str, Any], tag: str) -> dict[str, Any]:
    """Visitors share one answer; whoever is signed in sees what is theirs (memberships, drafts) and is asked for."""
    if current.identity().party == "anonymous":
        return public_call("events", method, payload, tag=tag)
    return calls.call("events", method, payload)


@clubs.get(
    "/clubs",
    "List clubs",
    query=ListClubs(),
    answer=CLUBS,
    needs=MAYBE_SIGNED_IN,
    links=links("club_id", "getClub", "joinClub", "leaveClub", value=FIRST_ITEM),
)
def list_clubs(query: dict[str, Any]) -> dict[str, Any]:
    return _read("list_clubs", query, cache.CLUBS)


@clubs.get("/clubs/<uuid:club_id>", "Read a club", answer=Club(), needs=MAYBE_SIGNED_IN)
def get_club(club_id: UUID) -> dict[str, Any]:
    return _read("get_club", {"club_id": str(club_id)}, cache.CLUBS)


@clubs.post("/clubs/<uuid:club_id>/membership", "Join a club", status=200, answer=Club(), needs=SIGNED_IN)
def join_club(club_id: UUID) -> dict[str, Any]:
    return calls.call("events", "join_club", {"club_id": club_id})


@clubs.delete(
    "/clubs/<uuid:club_id>/membership", "Leave a club", status=200, answer=Club(), needs=SIGNED_IN, refuses=(409, 422)
)
def leave_club(club_id: UUID) -> dict[str, Any]:
    return calls.call("events", "leave_club", {"club_id": club_id})


@club_events.get(
    "/club-events",
    "List club events",
    query=ListClubEvents(),
    answer=CLUB_EVENTS,
    needs=MAYBE_SIGNED_IN,
    links=links("club_event_id", *_NEXT, value=FIRST_ITEM)
    | links("session_id", "register", "changeCapacity", value="$response.body#/items/0/sessions/0/id"),
)
def list_club_events(query: dict[str, Any]) -> dict[str, Any]:
    return _read("list_club_events", query, cache.CLUB_EVENTS)


@club_events.get("/club-events/<uuid:club_event_id>", "Read a club event", answer=ClubEvent(), needs=MAYBE_SIGNED_IN)
def get_club_event(club_event_id: UUID) -> dict[str, Any]:
    return _read("get_club_event", {"club_event_id": str(club_event_id)}, cache.CLUB_EVENTS)


@club_events.post(
    "/club-events",
    "Draft a club event",
    body=DraftClubEvent(),
    answer=ClubEvent(),
    needs=_ORGANISER,
    refuses=(404,),
    links=links("club_event_id", *_NEXT),
)
def draft_club_event(body: dict[str, Any]) -> Answer:
    return created(calls.call("events", "draft_club_event", body), "/club-events")


@club_events.patch(
    "/club-events/<uuid:club_event_id>",
    "Revise a draft",
    body=ReviseClubEvent(),
    answer=ClubEvent(),
    needs=_ORGANISER,
    versioned=True,
    refuses=(409,),
)
def revise_club_event(body: dict[str, Any], club_event_id: UUID) -> dict[str, Any]:
    return calls.call("events", "revise_club_event", {**body, "club_event_id": club_event_id, **expected_version()})


@club_events.post(
    "/club-events/<uuid:club_event_id>/publish",
    "Publish a draft",
    status=200,
    answer=ClubEvent(),
    needs=_ORGANISER,
    versioned=True,
)
def publish_club_event(club_event_id: UUID) -> dict[str, Any]:
    return calls.call("events", "publish_club_event", {"club_event_id": club_event_id, **expected_version()})


@club_events.post(
    "/club-events/<uuid:club_event_id>/cancel",
    "Cancel a club event",
    status=200,
    body=CancelClubEvent(),
    answer=ClubEvent(),
    needs=_ORGANISER,
    versioned=True,
)
def cancel_club_event(body: dict[str, Any], club_event_id: UUID) -> dict[str, Any]:
    return calls.call("events", "cancel_club_event", {**body, "club_event_id": club_event_id, **expected_version()})


@club_events.patch(
    "/sessions/<uuid:session_id>",
    "Change how many may take part",
    body=ChangeCapacity(),
    answer=ClubEvent(),
    needs=_ORGANISER,
    versioned=True,
    refuses=(409,),
    description="More seats let the waiting list move up. `If-Match` takes the ETag of the club event.",
)
def change_capacity(body: dict[str, Any], session_id: UUID) -> dict[str, Any]:
    return calls.call("events", "change_capacity", {**body, "session_id": session_id, **expected_version()})
