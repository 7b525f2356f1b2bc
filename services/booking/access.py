"""Roles, communities, and the account that acts."""

from uuid import UUID

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden

DESK = ("clerk", "supervisor", "grid_worker", "organiser")  # see all bookings of the community
HELPERS = ("clerk", "grid_worker")  # book, move and cancel for residents


def account(acting: Identity) -> UUID:
    """The acting account. Raises Unauthenticated."""
    return UUID(acting.signed_in())


def serves(acting: Identity, community_id: str, roles: tuple[str, ...]) -> bool:
    """Whether the account has one of `roles` in that community."""
    return acting.has_role(*roles) and community_id in acting.reach


def check_books_for(acting: Identity, resident_id: UUID, community_id: str) -> None:
    """Raises Unauthenticated. Raises Forbidden for somebody else's booking, unless the caller helps residents of that
    community."""
    if resident_id != account(acting) and not serves(acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
