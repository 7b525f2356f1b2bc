"""See lotteries, which are public, and entries: the caller's own, or at the desk those of the community."""

from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.access import account, looked_at, narrowed
from services.booking.lotteries import storage
from services.booking.lotteries.models import Lottery, LotteryEntry
from services.booking.lotteries.shown import with_bookings, with_counts


def list_lotteries(
    call: Call, *, limit: int, community_id: str | None = None, over: bool = False, cursor: str | None = None
) -> Page[Lottery]:
    """Lotteries of the communities that the caller looks at. Raises InvalidField for a community that is none of them."""
    communities = narrowed(call.communities, community_id)
    found = storage.list_lotteries(call.session, communities=communities, over=over, limit=limit, cursor=cursor)
    return Page(with_counts(call.session, found.items), found.next_cursor)


def get_lottery(call: Call, *, lottery_id: UUID) -> Lottery:
    """With its times. Raises NotFound."""
    return with_counts(call.session, [_find(call, lottery_id, times=True)])[0]


def get_lottery_record(call: Call, *, lottery_id: UUID) -> dict[str, Any]:
    """The public file. Raises NotFound."""
    return _find(call, lottery_id).record


def _find(call: Call, lottery_id: UUID, *, times: bool = False) -> Lottery:
    lottery = storage.find_lottery(call.session, lottery_id, times=times)
    if lottery is None:
        raise NotFound(lottery_id=str(lottery_id))
    return lottery


def list_lottery_entries(
    call: Call,
    *,
    scope: str,
    limit: int,
    community_id: str | None = None,
    lottery_id: UUID | None = None,
    cursor: str | None = None,
) -> Page[LotteryEntry]:
    """`scope` is `mine` for the entries of the caller and of the caller's children, or `desk` for those of the communities in
    which it works. Raises Unauthenticated, Forbidden, InvalidField."""
    communities, resident_ids = looked_at(call.acting, scope)
    found = storage.list_entries(
        call.session,
        communities=narrowed(communities, community_id),
        resident_ids=resident_ids,
        lottery_id=lottery_id,
        limit=limit,
        cursor=cursor,
    )
    return Page(with_bookings(call.session, found.items), found.next_cursor)


def get_lottery_entry(call: Call, *, entry_id: UUID) -> LotteryEntry:
    """Raises Unauthenticated, or NotFound for an entry that the caller may not see."""
    account(call.acting)
    entry = storage.find_entry(call.session, entry_id)
    if entry is None or not entry.is_seen_by(call.acting):
        raise NotFound(entry_id=str(entry_id))
    return with_bookings(call.session, [entry])[0]
