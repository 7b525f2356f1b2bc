"""Roles, communities, and the account that acts. The models use these to decide who may see and do what.

A caller gets NotFound for what they may not see, and Forbidden for what they may see but not do.
"""

from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden

ORGANISERS = ("organiser",)  # draft, publish, cancel and resize club events
DRAFTS = ("organiser", "supervisor", "clerk")  # see drafts
DESK = ("organiser", "supervisor", "clerk")  # see who has registered
HELPERS = ("organiser", "clerk", "grid_worker")  # register residents
CANCELLERS = ("organiser", "clerk")  # cancel registrations of residents


def account(acting: Identity) -> UUID:
    """The acting account. Raises Unauthenticated."""
    return UUID(acting.signed_in())


def account_or_none(acting: Identity) -> UUID | None:
    """The acting account. None for a visitor."""
    return UUID(acting.account_id) if acting.account_id else None


def asked_for(call: Call, community_id: str | None) -> Communities:
    """The communities whose lists are shown: the one that the request names, or those that the caller looks at."""
    return call.communities if community_id is None else Communities.only(community_id)


def serves(acting: Identity, community_id: str, roles: tuple[str, ...]) -> bool:
    """Whether the account has one of `roles` in that community."""
    return acting.has_role(*roles) and community_id in acting.reach


def may_see_drafts(acting: Identity, communities: Communities) -> bool:
    return acting.has_role(*DRAFTS) and communities in acting.reach


def check_registers(acting: Identity, resident_id: UUID, community_id: str) -> None:
    """Raises Unauthenticated. Raises Forbidden for somebody else's registration, unless the caller is the guardian of the
    resident, or helps residents of that community."""
    if not acting.speaks_for(resident_id) and not serves(acting, community_id, HELPERS):
        raise Forbidden(needs=sorted(HELPERS))
