"""Who may see and do what. What is not yours does not exist for you; what you may see but not do is Forbidden."""

from uuid import UUID

from chassis.config import settings
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.models import ClubEvent, Registration

DRAFTS = ("organiser", "supervisor", "clerk")  # see drafts
DESK = ("organiser", "supervisor", "clerk")  # see who has registered
HELPERS = ("organiser", "clerk", "grid_worker")  # register and cancel for residents


def account(acting: Identity) -> UUID:
    """The acting account. Raises Unauthenticated."""
    return UUID(acting.signed_in())


def community_of(acting: Identity, asked: str | None = None) -> str:
    """The community whose lists are shown: the one asked for, else one's own, else the one a visitor sees first."""
    return asked or acting.community_id or settings().community


def serves(acting: Identity, community_id: str, roles: tuple[str, ...]) -> bool:
    """Whether the account holds one of `roles` there; one without a community serves the whole district."""
    return acting.has_role(*roles) and acting.community_id in (None, community_id)


def may_see_drafts(acting: Identity, community_id: str) -> bool:
    return serves(acting, community_id, DRAFTS)


def check_sees(acting: Identity, club_event: ClubEvent) -> ClubEvent:
    """Raises NotFound for what has never been announced, except to staff who prepare it."""
    if not club_event.announced and not may_see_drafts(acting, club_event.community_id):
        raise NotFound(club_event_id=str(club_event.id))
    return club_event


def check_organises(acting: Identity, club_event: ClubEvent) -> None:
    """Raises Unauthenticated, NotFound (see check_sees) or Forbidden, unless an organiser of that community acts."""
    acting.signed_in()
    check_sees(acting, club_event)
    if not serves(acting, club_event.community_id, ("organiser",)):
        raise Forbidden(needs=["organiser"])


def check_registers(acting: Identity, resident_id: UUID, community_id: str) -> None:
    """Raises Forbidden unless one acts for oneself or helps residents of that community."""
    if resident_id != account(acting) and not serves(acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))


def is_own(acting: Identity, registration: Registration) -> bool:
    """One's own, or made by oneself for a resident."""
    return account(acting) in (registration.resident_id, registration.registered_by)


def check_sees_registration(acting: Identity, registration: Registration, roles: tuple[str, ...] = DESK) -> None:
    """Raises NotFound unless it is one's own, or one holds one of `roles` there."""
    if not is_own(acting, registration) and not serves(acting, registration.community_id, roles):
        raise NotFound(registration_id=str(registration.id))
