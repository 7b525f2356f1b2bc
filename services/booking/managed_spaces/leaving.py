"""Staff who no longer work in a community hear no more of its spaces."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from chassis.rpc.call import Call
from services.booking.calendar import revision
from services.booking.managed_spaces import storage
from services.booking.spaces.models import Space


def follow_work(call: Call, *, account_id: UUID, active: bool, communities: Sequence[str] | None) -> None:
    """Take the account out of `staff_told` of the spaces where it no longer works: everywhere if it is not `active`, else
    outside of `communities` (None: the whole district). A second time changes nothing."""
    left = _naming(call.session, account_id)
    if active:
        left = [one for one in left if communities is not None and one[0] not in communities]
    for community_id in sorted({one[0] for one in left}):
        revision.begin_change(call.session, community_id)
        for space_id in sorted(one[1] for one in left if one[0] == community_id):
            if (space := storage.lock_space(call.session, space_id)) is not None:
                space.tell_no_more(account_id)
        revision.announce(call.session, call.now, community_id, "space")


def _naming(session: Session, account_id: UUID) -> Sequence[tuple[str, UUID]]:
    """The spaces whose messages the account gets, with their communities. There are few spaces, so no index is needed."""
    named = select(Space.community_id, Space.id).where(Space.staff_told.cast(Text).contains(str(account_id), autoescape=True))
    return [(row[0], row[1]) for row in session.execute(named)]
