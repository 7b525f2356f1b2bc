"""See who waits: the caller's own, or at the desk those of the community."""

from datetime import datetime
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account, looked_at, narrowed
from services.booking.waits import storage
from services.booking.waits.models import Wait
from services.booking.waits.shown import WaitShown, shown


def list_waits(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    space_id: UUID | None = None,
    resident_id: UUID | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    over: bool = False,
    cursor: str | None = None,
) -> Page[WaitShown]:
    """`scope` is `mine` for the waits of the caller and of the caller's children, or `desk` for those of the communities in
    which it works. By the wanted start; with `over` also those that have ended. Raises Unauthenticated, Forbidden, also in
    `mine` for a `resident_id` for whom the caller does not speak, and InvalidField."""
    communities, resident_ids = looked_at(call.acting, scope, resident_id)
    found = storage.list_waits(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        space_id=space_id,
        start=start,
        end=end,
        over=over,
        limit=limit,
        cursor=cursor,
    )
    return Page(shown(call.session, found.items), found.next_cursor)


def get_wait(call: Call, *, wait_id: UUID) -> WaitShown:
    """Raises Unauthenticated, or NotFound for a wait that the caller may not see."""
    return shown(call.session, [check_visible(call, storage.find_wait(call.session, wait_id), wait_id)])[0]


def check_visible(call: Call, wait: Wait | None, wait_id: UUID) -> Wait:
    """The wait. Raises Unauthenticated, or NotFound unless the caller may see it."""
    account(call.acting)
    if wait is None or not wait.is_seen_by(call.acting):
        raise NotFound(wait_id=str(wait_id))
    return wait


def lock_visible(call: Call, wait_id: UUID) -> Wait:
    """The wait, locked. Raises as check_visible."""
    return check_visible(call, storage.find_wait(call.session, wait_id, lock=True), wait_id)
