"""Roles, communities, and the account that acts."""

from dataclasses import replace
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, InvalidField
from chassis.rpc.rules import UNKNOWN

DESK = ("clerk", "supervisor", "grid_worker", "organiser")  # see all bookings of the community
READ, WRITE = "bookings:read", "bookings:write"  # the rights of other systems
HELPERS = ("clerk", "grid_worker")  # book, move and cancel for residents
APPROVERS = ("clerk", "admin")  # decide about requests for a space that names no approvers
CLOSERS = ("clerk",)  # block free times of spaces, and end such a block; admins have every role
ADMIN = "admin"  # changes spaces, hours, closures and holidays of the communities in which it works


def account(acting: Identity) -> UUID:
    """The acting account. Raises Unauthenticated."""
    return UUID(acting.signed_in())


def serves(acting: Identity, community_id: str, roles: tuple[str, ...]) -> bool:
    """Whether the account has one of `roles` in that community."""
    return acting.has_role(*roles) and community_id in acting.reach


def check_books_for(acting: Identity, resident_id: UUID, community_id: str) -> None:
    """Raises Unauthenticated. Raises Forbidden for somebody else's booking, unless the caller is the guardian of the resident,
    or helps residents of that community."""
    if not acting.speaks_for(resident_id) and not serves(acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))


def system_of(acting: Identity) -> UUID | None:
    """The other system that acts. None if an account acts."""
    return UUID(acting.system_id) if acting.system_id else None


def for_resident_of(call: Call, community_id: str | None) -> Call:
    """`call` of another system for a resident of `community_id`. The rules of spaces then apply to the system as they do to a
    resident of that community. Raises Forbidden if the system does not have the right there."""
    if community_id is None:
        raise Forbidden(needs=[WRITE])
    call.acting.require_right(WRITE, community_id)
    return replace(call, acting=replace(call.acting, community_id=community_id))


def administers(acting: Identity, community_id: str) -> bool:
    """Whether the caller administers that community. Raises Unauthenticated, or Forbidden for somebody who is no admin."""
    acting.require_role(ADMIN)
    return community_id in acting.reach


def looked_at(acting: Identity, scope: str, resident_id: UUID | None = None) -> tuple[Communities, list[UUID] | None]:
    """The communities and the residents whose things a list shows. `mine`: those of the caller and of the caller's children,
    wherever they are. `desk`: those of the communities in which the caller works; None: of all residents. With `resident_id`
    only those of that resident. Raises Unauthenticated, and Forbidden, also in `mine` for a resident for whom the caller does
    not speak."""
    account(acting)
    only = None if resident_id is None else [resident_id]
    if scope == "desk":
        acting.require_role(*DESK)
        return acting.reach, only
    own_ids = [UUID(own) for own in acting.own_ids()]
    if resident_id is not None and resident_id not in own_ids:
        raise Forbidden(needs=["guardian"])
    return DISTRICT, only or own_ids


def narrowed(communities: Communities, community_id: str | None) -> Communities:
    """Only the community `community_id`, if one is named. Raises InvalidField if it is none of `communities`."""
    if community_id is None:
        return communities
    if community_id not in communities:
        raise InvalidField(UNKNOWN, "community_id")
    return Communities.only(community_id)
