"""Clubs: who belongs to them."""

from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.events import messages
from services.events.access import account, community_of
from services.events.models import Club
from services.events.storage import clubs as storage


def list_clubs(call: Call, data: dict[str, Any]) -> Page[Club]:
    """Clubs of one community, each with whether the caller has joined."""
    found = storage.list_clubs(
        call.session,
        community_id=community_of(call.acting, data["community_id"]),
        section=data["section"],
        limit=data["limit"],
        cursor=data["cursor"],
    )
    storage.mark_joined(call.session, found.items, _caller(call))
    return found


def get_club(call: Call, data: dict[str, Any]) -> Club:
    """Raises NotFound."""
    club = storage.get_club(call.session, data["club_id"])
    storage.mark_joined(call.session, [club], _caller(call))
    return club


def join_club(call: Call, data: dict[str, Any]) -> Club:
    """Make the caller a member. Who is one already stays one, and nothing is announced again.
    Raises NotFound, Unauthenticated."""
    resident_id = account(call.acting)
    club = storage.get_club(call.session, data["club_id"])
    if membership := storage.join(call.session, club, resident_id, call.now):
        outbox.add(call.session, messages.club_joined(club, membership, call.now))
    club.joined = True
    return club


def leave_club(call: Call, data: dict[str, Any]) -> Club:
    """End the caller's membership; who has none stays without. Raises NotFound, Unauthenticated."""
    resident_id = account(call.acting)
    club = storage.get_club(call.session, data["club_id"])
    if membership := storage.leave(call.session, club, resident_id, call.now):
        outbox.add(call.session, messages.club_left(club, membership, call.now))
    club.joined = False
    return club


def _caller(call: Call) -> UUID | None:
    return UUID(call.acting.account_id) if call.acting.account_id else None
