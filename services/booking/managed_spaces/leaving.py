"""Staff who no longer work in a community hear no more of its spaces, and approve no more of their requests. Its admins hear of
a space that has lost its last approver."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, Uuid, func, literal, or_, select
from sqlalchemy.orm import Session

from chassis.messaging import outbox
from chassis.rpc.call import Call
from services.booking.calendar import revision
from services.booking.managed_spaces import storage
from services.booking.managed_spaces.admins import admins_of, keep_admin
from services.booking.managed_spaces.messages import approvers_left
from services.booking.spaces.models import Space


def follow_work(
    call: Call, *, account_id: UUID, active: bool, communities: Sequence[str] | None, roles: Sequence[str], version: int
) -> None:
    """Take the account out of `staff_told` and `approver_ids` of the spaces where it no longer works: everywhere if it is not
    `active`, else outside of `communities`. With None they are the whole district. A space that loses its last approver is
    decided by the desk, and the admins of its community are told. A second time changes nothing."""
    keep_admin(call.session, account_id, version, active=active, roles=roles, communities=communities)
    left = _naming(call.session, account_id)
    if active:
        left = [one for one in left if communities is not None and one[0] not in communities]
    for community_id in sorted({one[0] for one in left}):
        revision.begin_change(call.session, community_id)
        for space_id in sorted(one[1] for one in left if one[0] == community_id):
            if (space := storage.lock_space(call.session, space_id)) is not None:
                _remove(call, space, account_id)
        revision.announce(call.session, call.now, community_id, "space")


def _remove(call: Call, space: Space, account_id: UUID) -> None:
    """`space` is locked. It is read again, because another transaction may have removed the account before the lock."""
    if space.tells(account_id):
        space.tell_no_more(account_id)
    if account_id in space.approver_ids:
        space.approve_no_more(account_id)
        if not space.approver_ids and space.needs_approval and not space.is_out_of_use:
            call.session.flush()
            if admins := admins_of(call.session, space.community_id):
                outbox.add(call.session, approvers_left(space, admins, call.now))


def _naming(session: Session, account_id: UUID) -> Sequence[tuple[str, UUID]]:
    """The spaces that name the account, with their communities. There are few spaces, so no index is needed."""
    is_told = Space.staff_told.cast(Text).contains(str(account_id), autoescape=True)
    approves = literal(account_id, Uuid) == func.any(Space.approver_ids)
    named = select(Space.community_id, Space.id).where(or_(is_told, approves))
    return [(row[0], row[1]) for row in session.execute(named)]
