"""Who may do what. Residents act for themselves; the gateway may act for any account."""

from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden

GATEWAY = "gateway"  # the scope of calls that the gateway makes for itself


def account(acting: Identity) -> UUID:
    """The caller's account. Raises Unauthenticated for a visitor."""
    return UUID(acting.signed_in())


def home_of(call: Call) -> str:
    """The community of the caller's account. For staff of the district, the one that they look at."""
    return call.acting.community_id or call.community_id


def is_gateway(acting: Identity) -> bool:
    return GATEWAY in acting.scopes


def check_gateway(acting: Identity) -> None:
    """Raises Forbidden unless the gateway itself calls."""
    if not is_gateway(acting):
        raise Forbidden(needs=[GATEWAY])


def account_asked_for(acting: Identity, account_id: UUID | None) -> UUID:
    """The account that a request is about: the caller's, if `account_id` is None. Raises Unauthenticated; Forbidden if a
    caller other than the gateway names another account."""
    if account_id is None:
        return account(acting)
    if not is_gateway(acting) and account(acting) != account_id:
        raise Forbidden(needs=[GATEWAY])
    return account_id
