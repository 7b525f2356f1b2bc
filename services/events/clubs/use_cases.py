"""See clubs, join and leave them."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.events.access import account, account_or_none, asked_for
from services.events.clubs import messages, storage
from services.events.clubs.models import Club, Membership


def list_clubs(
    call: Call, *, limit: int, section: str | None = None, community_id: str | None = None, cursor: str | None = None
) -> Page[Club]:
    """Clubs of `community_id`, or of the communities that the caller looks at, each with whether the caller is a member."""
    found = storage.list_clubs(
        call.session,
        communities=asked_for(call, community_id),
        section=section,
        limit=limit,
        cursor=cursor,
    )
    storage.mark_joined(call.session, found.items, account_or_none(call.acting))
    return found


def list_memberships(call: Call, *, limit: int, cursor: str | None = None) -> Page[Membership]:
    """The caller's own memberships, also those that have ended. Raises Unauthenticated."""
    return storage.list_memberships(call.session, account(call.acting), limit=limit, cursor=cursor)


def get_club(call: Call, *, club_id: UUID) -> Club:
    """The club, with whether the caller is a member. Raises NotFound."""
    club = existing_club(call, club_id)
    storage.mark_joined(call.session, [club], account_or_none(call.acting))
    return club


def join_club(call: Call, *, club_id: UUID) -> Club:
    """Make the caller a member, and announce it. Joining twice changes and announces nothing.
    Raises Unauthenticated, NotFound."""
    resident_id = account(call.acting)
    club = existing_club(call, club_id)
    if membership := storage.join(call.session, club, resident_id, call.now):
        outbox.add(call.session, messages.club_joined(club, membership, call.now))
    club.joined = True
    return club


def leave_club(call: Call, *, club_id: UUID) -> Club:
    """End the caller's membership, and announce it. Leaving without being a member changes and announces nothing.
    Raises Unauthenticated, NotFound."""
    resident_id = account(call.acting)
    club = existing_club(call, club_id)
    if membership := storage.leave(call.session, club, resident_id, call.now):
        outbox.add(call.session, messages.club_left(club, membership, call.now))
    club.joined = False
    return club


def existing_club(call: Call, club_id: UUID) -> Club:
    """Raises NotFound."""
    if (club := storage.find_club(call.session, club_id)) is None:
        raise NotFound(club_id=str(club_id))
    return club
