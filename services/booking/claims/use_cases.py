"""Answer the requests of other services for times of spaces with their equipment, and see what they hold.

The protocol (ADR 0065): a request names everything that the requester wants to have for one claim, and has a number. Booking
gives all of it or changes nothing. A request that names nothing frees everything. The highest number counts, in whatever order
requests arrive. So moving, adding and giving back are the same request."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.claims import messages, storage
from services.booking.claims.alternatives import offer_alternatives
from services.booking.claims.equipped import Equipping, kept_holders
from services.booking.claims.models import GRANTED, REFUSED, RELEASED, Asked, ClaimedTime, ClaimRequest, NotPossible
from services.booking.interface.refusals import ClaimsOverlap, SpaceTaken, UnknownSpace
from services.booking.ledger import storage as ledger
from services.booking.ledger.models import Wanted
from services.booking.spaces import storage as spaces
from services.booking.spaces.models import LONGEST_BOOKING
from services.booking.spaces.timetable import MOST_AHEAD_DAYS, Timetable

Timetables = dict[UUID, Timetable]
LONGEST_AHEAD = timedelta(days=MOST_AHEAD_DAYS)


def answer_request(
    call: Call,
    *,
    requester: str,
    community_id: str,
    claim_id: UUID,
    request: int,
    title: dict[str, Any] | None,
    expires_at: datetime | None,
    times: Sequence[Asked],
) -> None:
    """Give `times` (all of them, or none) to the claim instead of what it has, and announce it. With `expires_at` (aware) they
    are held until then. Times that are over stay as they are. An older request than one that was answered is ignored. The same
    request gets the same answer. Raises CalendarChanged."""
    found = storage.lock_request(call.session, claim_id, requester, community_id, call.now)
    if (found.requester, found.community_id) != (requester, community_id):
        raise ValueError(f"claim {claim_id} is of {found.requester} in {found.community_id}")
    if request < found.request:
        return
    if request == found.request:
        found.repeat(call.now)
    else:
        _settle(call, found, request, title, expires_at, times)
    outbox.add(call.session, messages.claim_answered(found))


def _settle(
    call: Call,
    found: ClaimRequest,
    request: int,
    title: dict[str, Any] | None,
    expires_at: datetime | None,
    times: Sequence[Asked],
) -> None:
    held = storage.held_times(call.session, found.id, call.now)
    still_held = [time.holder_id for time in held]
    gone = storage.replaced_holders(call.session, found.id, times, call.now)
    equipping = Equipping(call, found.community_id, gone, times)
    if not times:
        equipping.give_back()
        ledger.replace_all(call.session, gone, (), call.now)
        storage.keep_times(call.session, found, gone, (), None)
        found.settle(request, RELEASED, {}, call.now)
        return
    timetables = timetables_of(call, found.community_id, times)
    kept = kept_holders(held, times)
    reasons = _reasons(call, held, kept, times, timetables, equipping)
    if not reasons:
        reasons = _claim(call, found, gone, kept, times, timetables, equipping, expires_at)
        if not reasons:
            found.title = title
            found.settle(request, GRANTED, messages.granted(times, expires_at, equipping.given()), call.now)
            return
    answered = [_with_alternatives(call, reason, times, timetables) for reason in reasons]
    found.settle(request, REFUSED, messages.refused(answered, still_held), call.now)


def timetables_of(call: Call, community_id: str, times: Sequence[Asked]) -> Timetables:
    """The timetables of all spaces that `times` name, by space. Spaces that the community does not have are left out."""
    # A request for a century must not load a century. `check_session` refuses what is further away.
    first = max(min(asked.starts_at for asked in times), call.now - LONGEST_BOOKING)
    last = min(max(asked.ends_at for asked in times), call.now + LONGEST_AHEAD + LONGEST_BOOKING)
    space_ids = {space_id for asked in times for space_id in asked.space_ids}
    return spaces.load_timetables(call.session, community_id, space_ids, min(first, last), max(first, last))


def _reasons(
    call: Call,
    held: Sequence[ClaimedTime],
    kept: Collection[UUID],
    times: Sequence[Asked],
    timetables: Timetables,
    equipping: Equipping,
) -> list[NotPossible]:
    """Why `times` are not possible, one reason for each holder that has one. Empty if nothing speaks against them. Holders that
    are `kept` stay where they are. One statement."""
    new = [asked for asked in times if asked.holder_id not in kept]
    reasons: dict[UUID, NotPossible] = {}
    for asked in new:
        for space_id in asked.space_ids:
            if refusal := broken_rule(call, asked, timetables.get(space_id)):
                reasons.setdefault(asked.holder_id, NotPossible(asked, space_id, refusal))
    for asked, space_id in _own_overlaps(times, timetables):
        reasons.setdefault(asked.holder_id, NotPossible(asked, space_id, ClaimsOverlap()))
    for reason in equipping.broken_rules(kept, timetables):
        reasons.setdefault(reason.asked.holder_id, reason)
    open_to_claim = [asked for asked in new if asked.holder_id not in reasons]
    for asked, space_id in _taken(call, held, open_to_claim, timetables):
        reasons.setdefault(asked.holder_id, NotPossible(asked, space_id, SpaceTaken()))
    return list(reasons.values())


def broken_rule(call: Call, asked: Asked, timetable: Timetable | None) -> Refusal | None:
    """Why the calendar or the rules of the space do not allow that time. None if they do. Other claims are not looked at."""
    if timetable is None:
        return UnknownSpace()
    try:
        timetable.check_session(asked.starts_at, asked.ends_at, asked.people, call.now)
    except Refusal as refusal:
        return refusal
    return None


def _own_overlaps(times: Sequence[Asked], timetables: Timetables) -> list[tuple[Asked, UUID]]:
    """The later one of each two times that overlap in a leaf, with its turnover; and a time that names a leaf twice."""
    found = []
    ordered = sorted(times, key=lambda asked: asked.starts_at)
    for asked in ordered:
        for one, other in combinations(asked.space_ids, 2):
            if one in timetables and other in timetables and _share_a_leaf(timetables[one], timetables[other]):
                found.append((asked, other))
    for earlier, later in combinations(ordered, 2):
        for one in earlier.space_ids:
            for other in later.space_ids:
                if one in timetables and other in timetables and _share_a_leaf(timetables[one], timetables[other]):
                    until = timetables[one].space.blocked(earlier.starts_at, earlier.ends_at)[1]
                    if timetables[other].space.blocked(later.starts_at, later.ends_at)[0] < until:
                        found.append((later, other))
    return found


def _share_a_leaf(one: Timetable, other: Timetable) -> bool:
    return not set(one.leaf_ids).isdisjoint(other.leaf_ids)


def _taken(call: Call, held: Sequence[ClaimedTime], times: Sequence[Asked], timetables: Timetables) -> list[tuple[Asked, UUID]]:
    """The times, with a space, that somebody else has. Another transaction may take them a moment later; the ledger decides."""
    if not times:
        return []
    own = {time.holder_id for time in held} | {asked.holder_id for asked in times}
    blocks = [
        (asked, space_id, *timetables[space_id].space.blocked(asked.starts_at, asked.ends_at))
        for asked in times
        for space_id in asked.space_ids
    ]
    start, end = min(start for _, _, start, _ in blocks), max(end for _, _, _, end in blocks)
    leaf_ids = {leaf_id for _, space_id, _, _ in blocks for leaf_id in timetables[space_id].leaf_ids}
    others = ledger.claims_of_others(call.session, leaf_ids, own, start, end, call.now)
    return [
        (asked, space_id)
        for asked, space_id, begins, ends in blocks
        if any(begins < b and a < ends for leaf_id in timetables[space_id].leaf_ids for a, b in others.get(leaf_id, ()))
    ]


def _with_alternatives(call: Call, reason: NotPossible, times: Sequence[Asked], timetables: Timetables) -> NotPossible:
    timetable = timetables.get(reason.space_id)
    if timetable is None or not call.now < reason.asked.starts_at < call.now + LONGEST_AHEAD:
        return reason
    others = [
        (asked, timetables[space_id])
        for asked in times
        for space_id in asked.space_ids
        if asked.holder_id != reason.asked.holder_id and space_id in timetables
    ]
    offers = offer_alternatives(call, reason.asked, timetable, others)
    return NotPossible(reason.asked, reason.space_id, reason.refusal, offers)


def _claim(
    call: Call,
    found: ClaimRequest,
    gone: Sequence[UUID],
    kept: Collection[UUID],
    times: Sequence[Asked],
    timetables: Timetables,
    equipping: Equipping,
    expires_at: datetime | None,
) -> list[NotPossible]:
    """Give `times` and their equipment to the claim instead of what the holders `gone` have. Returns why not, for those that
    lost a race or miss equipment; nothing has changed then. Raises CalendarChanged."""
    wanted = [
        Wanted(
            asked.holder(found.community_id),
            timetables[space_id].leaf_ids,
            *timetables[space_id].space.blocked(asked.starts_at, asked.ends_at),
            timetables[space_id].revision,
            expires_at,
        )
        for asked in times
        for space_id in asked.space_ids
    ]
    with call.session.begin_nested() as savepoint:
        losers = {holder_id for holder_id, _ in ledger.replace_all(call.session, gone, wanted, call.now)}
        reasons = [NotPossible(asked, asked.space_ids[0], SpaceTaken()) for asked in times if asked.holder_id in losers]
        if not losers:
            storage.keep_times(call.session, found, gone, times, expires_at)
            reasons = equipping.claim(kept)
        if reasons:
            savepoint.rollback()
    return reasons


def list_claimed_times(
    call: Call,
    *,
    start: datetime,
    end: datetime,
    limit: int,
    space_id: UUID | None = None,
    cursor: str | None = None,
) -> Page[ClaimedTime]:
    """What other services hold between `start` and `end` (aware) in the communities that the caller looks at. Everybody may
    know it."""
    return storage.list_claimed_times(
        call.session,
        communities=call.communities,
        space_id=space_id,
        start=start,
        end=end,
        now=call.now,
        limit=limit,
        cursor=cursor,
    )
