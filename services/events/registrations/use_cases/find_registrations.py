"""See registrations: the caller's own, or at the desk those of the community."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import Forbidden, NotFound
from services.events.access import DESK, account
from services.events.registrations import storage
from services.events.registrations.models import Registration


def list_registrations(
    call: Call,
    *,
    scope: str,
    limit: int,
    resident_id: UUID | None = None,
    session_id: UUID | None = None,
    club_event_id: UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
) -> Page[Registration]:
    """`scope` is `mine` for the registrations of the caller and of the caller's children, or `desk` for those of the
    communities that it works in. Raises Unauthenticated, or Forbidden for `desk`, and in `mine` for a `resident_id` for whom
    the caller does not speak."""
    own_ids = [UUID(own) for own in call.acting.own_ids()]
    if scope == "desk":
        call.acting.require_role(*DESK)
    elif resident_id is not None and resident_id not in own_ids:
        raise Forbidden(needs=["guardian"])
    whose = own_ids if scope == "mine" and resident_id is None else None
    return storage.list_registrations(
        call.session,
        resident_ids=whose if resident_id is None else [resident_id],
        communities=call.acting.reach if scope == "desk" else DISTRICT,
        session_id=session_id,
        club_event_id=club_event_id,
        state=state,
        limit=limit,
        cursor=cursor,
    )


def get_registration(call: Call, *, registration_id: UUID) -> Registration:
    """Raises Unauthenticated, or NotFound if the caller may not see it."""
    account(call.acting)
    return check_visible(call, storage.find_registration(call.session, registration_id), registration_id)


def check_visible(call: Call, registration: Registration | None, registration_id: UUID) -> Registration:
    """The registration. Raises NotFound unless the caller may see it."""
    if registration is None or not registration.is_seen_by(call.acting):
        raise NotFound(registration_id=str(registration_id))
    return registration
