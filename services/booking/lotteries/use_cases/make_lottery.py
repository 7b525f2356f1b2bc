"""Make a lottery. Its times are reserved in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from services.booking.access import account, administers
from services.booking.calendar import revision
from services.booking.calendar.models import LotteryTime
from services.booking.interface.lotteries import MOST_TIMES
from services.booking.interface.lottery_refusals import NoTimes, TooManyTimes
from services.booking.interface.managed_lotteries import ORDER
from services.booking.interface.refusals import InPast
from services.booking.lotteries import storage
from services.booking.lotteries.models import Lottery
from services.booking.lotteries.planning import Cut, Plan, check_spaces, cut
from services.booking.lotteries.shown import with_counts
from services.booking.spaces import storage as spaces

SECRET_BYTES = 32


def make_lottery(
    call: Call,
    *,
    community_id: str,
    title: Mapping[str, Any],
    space_ids: Sequence[UUID],
    first_day: date,
    last_day: date,
    weekdays: Sequence[int],
    first_clock: str,
    last_clock: str,
    minutes: int,
    opens_at: datetime,
    closes_at: datetime,
    draws_at: datetime,
    most_wins: int = 1,
    kind: str | None = None,
) -> Lottery:
    """A lottery of the times that the plan gives in the spaces, or in all spaces of the `kind`. Times that are closed or taken
    are left out; the others can be booked by nobody until the draw. The commitment to a new secret is published with it.
    Raises Unauthenticated, Forbidden, InvalidField, InPast, NoTimes, TooManyTimes."""
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    if closes_at <= call.now:
        raise InPast()
    # No booking is made meanwhile, so none is in a time that was free just now.
    revision.begin_change(call.session, community_id)
    wanted = list(space_ids) or storage.spaces_of_kind(call.session, community_id, kind or "")
    timetables = spaces.load_timetables(call.session, community_id, wanted, _midnight(first_day, -1), _midnight(last_day, 2))
    if not timetables or len(timetables) < len(wanted):
        raise InvalidField(UNKNOWN, "space_ids" if space_ids else "kind")
    check_spaces(list(timetables.values()), minutes)
    plan = Plan(first_day, last_day, frozenset(weekdays), first_clock, last_clock, minutes)
    count = sum(1 for one in timetables.values() for _ in plan.times(one.days.zone, one.space))
    if count > MOST_TIMES:
        raise TooManyTimes(count=count, most=MOST_TIMES)
    found = cut(call, plan, timetables)
    if not found.free:
        raise NoTimes(taken=found.left_out)
    if draws_at >= found.free[0][1]:
        raise InvalidField(ORDER, "draws_at")
    about = {"title": dict(title), "opens_at": opens_at, "closes_at": closes_at, "draws_at": draws_at, "most_wins": most_wins}
    lottery = store(call, found, token_hex(SECRET_BYTES), community_id=community_id, created_by=account(call.acting), **about)
    revision.announce(call.session, call.now, community_id, "lottery")
    call.session.expire_all()
    made = storage.find_lottery(call.session, lottery.id, times=True)
    assert made is not None  # noqa: S101 - it was stored in this transaction
    return with_counts(call.session, [made])[0]


def store(call: Call, found: Cut, secret: str, **about: Any) -> Lottery:
    """Store the lottery with its times. The caller has begun a change of the calendar."""
    lottery = Lottery(
        **about,
        section=found.free[0][0].space.section,
        first_starts_at=found.free[0][1],
        last_ends_at=max(ends_at for _, _, ends_at in found.free),
        number_of_times=len(found.free),
        left_out=found.left_out,
        created_at=call.now,
    )
    times = []
    for number, (timetable, starts_at, ends_at) in enumerate(found.free, 1):
        blocks_from, blocks_until = timetable.space.blocked(starts_at, ends_at)
        times.append(
            LotteryTime(
                lottery_id=lottery.id,
                number=number,
                community_id=lottery.community_id,
                space_id=timetable.space.id,
                starts_at=starts_at,
                ends_at=ends_at,
                blocks_from=blocks_from,
                blocks_until=blocks_until,
                draws_at=lottery.draws_at,
                reserved=True,
            )
        )
    public = [
        {
            "time": time.number,
            "space": timetable.space.code,
            "starts_at": time.starts_at.isoformat(),
            "ends_at": time.ends_at.isoformat(),
        }
        for time, (timetable, _, _) in zip(times, found.free, strict=True)
    ]
    lottery.commit(secret, public)
    call.session.add(lottery)
    call.session.flush()
    call.session.add_all(times)
    call.session.flush()
    return lottery


def _midnight(day: date, later: int) -> datetime:
    """Of a day `later` days after it, in UTC: local days differ by less than a day."""
    return datetime.combine(day + timedelta(days=later), time(), UTC)
