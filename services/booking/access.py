"""Who may do what, by role and community."""

from uuid import UUID

from chassis.config import settings
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden

DESK = ("clerk", "supervisor", "grid_worker", "organiser")  # see everybody's bookings
HELPERS = ("clerk", "grid_worker")  # book, move and cancel for residents


def account(acting: Identity) -> UUID:
    """The acting account. Raises Unauthenticated."""
    return UUID(acting.signed_in())


def community_of(acting: Identity) -> str:
    """The community whose lists are shown: one's own, or the one a visitor sees first."""
    return acting.community_id or settings().community


def serves(acting: Identity, community_id: str, roles: tuple[str, ...]) -> bool:
    """Whether the account holds one of `roles` there; one without a community serves the whole district."""
    return acting.has_role(*roles) and acting.community_id in (None, community_id)


def check_books_for(acting: Identity, resident_id: UUID, community_id: str) -> None:
    """Raises Unauthenticated, or Forbidden unless one books for oneself or helps residents of that community."""
    if resident_id != account(acting) and not serves(acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
