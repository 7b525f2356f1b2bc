"""Clubs and club events. Visitors share one cached answer. Signed-in readers also see their own memberships and drafts."""

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.events.interface.club_events import (
    CANCEL_CLUB_EVENT,
    CANCEL_SESSION,
    CHANGE_CAPACITY,
    DRAFT_CLUB_EVENT,
    GET_CLUB_EVENT,
    LIST_CLUB_EVENTS,
    MOVE_SESSION,
    PUBLISH_CLUB_EVENT,
    REVISE_CLUB_EVENT,
)
from services.events.interface.clubs import GET_CLUB, JOIN_CLUB, LEAVE_CLUB, LIST_CLUBS
from services.events.interface.rooms import GET_ROOMS

clubs = Resource("clubs", "社团 · Clubs")
club_events = Resource("club-events", "活动 · Club events and their sessions")
_ORGANISER = staff("organiser")
_DESK = staff("organiser", "supervisor", "clerk")
_CLUB, _CLUB_EVENT = "/clubs/<uuid:club_id>", "/club-events/<uuid:club_event_id>"
_NEXT = ("getClubEvent", "reviseClubEvent", "publishClubEvent", "cancelClubEvent")
_NEXT_OF_SESSION = links("session_id", "register", "changeCapacity", value="$response.body#/items/0/sessions/0/id")

clubs.expose(
    LIST_CLUBS,
    "GET /clubs",
    who=MAYBE_SIGNED_IN,
    cached=True,
    of_community=True,
    hidden=["community_id"],
    links=links("club_id", "getClub", "joinClub", "leaveClub", value=FIRST_ITEM),
)
clubs.expose(GET_CLUB, f"GET {_CLUB}", who=MAYBE_SIGNED_IN, cached=True)
clubs.expose(JOIN_CLUB, f"POST {_CLUB}/membership", who=SIGNED_IN)
clubs.expose(LEAVE_CLUB, f"DELETE {_CLUB}/membership", who=SIGNED_IN, refuses=(409, 422))

club_events.expose(
    LIST_CLUB_EVENTS,
    "GET /club-events",
    who=MAYBE_SIGNED_IN,
    cached=True,
    of_community=True,
    hidden=["community_id", "scope"],
    links=links("club_event_id", *_NEXT, value=FIRST_ITEM) | _NEXT_OF_SESSION,
)
club_events.expose(GET_CLUB_EVENT, f"GET {_CLUB_EVENT}", who=MAYBE_SIGNED_IN, cached=True)
club_events.expose(
    DRAFT_CLUB_EVENT,
    "POST /club-events",
    who=_ORGANISER,
    of_community=True,
    created="/club-events",
    links=links("club_event_id", *_NEXT),
)
club_events.expose(REVISE_CLUB_EVENT, f"PATCH {_CLUB_EVENT}", who=_ORGANISER)
club_events.expose(PUBLISH_CLUB_EVENT, f"POST {_CLUB_EVENT}/publish", who=_ORGANISER)
club_events.expose(CANCEL_CLUB_EVENT, f"POST {_CLUB_EVENT}/cancel", who=_ORGANISER)
club_events.expose(GET_ROOMS, f"GET {_CLUB_EVENT}/rooms", who=_DESK)
club_events.expose(CHANGE_CAPACITY, "PATCH /sessions/<uuid:session_id>", who=_ORGANISER)
club_events.expose(MOVE_SESSION, "POST /sessions/<uuid:session_id>/move", who=_ORGANISER)
club_events.expose(CANCEL_SESSION, "POST /sessions/<uuid:session_id>/cancel", who=_ORGANISER)
