"""Who may see and do what with bookings. Whoever may not see one is told that there is none."""

from uuid import UUID

from chassis.config import settings
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound
from services.booking.models import Booking

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


def check_sees(acting: Identity, booking: Booking | None, booking_id: UUID) -> Booking:
    """The booking. Raises Unauthenticated, or NotFound unless it is one's own or one works at a desk there."""
    own_id = account(acting)
    if booking is None or not (booking.resident_id == own_id or serves(acting, booking.community_id, DESK)):
        raise NotFound(booking_id=str(booking_id))
    return booking


def check_changes(acting: Identity, booking: Booking) -> str:
    """Whose hand it is: resident or staff. Raises Forbidden for staff who may only look."""
    if booking.resident_id == account(acting):
        return "resident"
    if not serves(acting, booking.community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
    return "staff"
