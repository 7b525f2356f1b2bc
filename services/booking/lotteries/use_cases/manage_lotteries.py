"""Admins try the draw, close entries early, draw, cancel, and see who wins how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import account, administers
from services.booking.calendar import revision
from services.booking.lotteries import storage
from services.booking.lotteries.conducting import Conducted, close, draw, prepare
from services.booking.lotteries.messages import cancelled_message
from services.booking.lotteries.models import ENTERED, Lottery
from services.booking.lotteries.shown import with_counts

A_YEAR: Final = timedelta(days=366)
MOST_WANTED: Final = 10
TRIAL: Final = "trial:"


@dataclass(frozen=True, slots=True)
class WantedTime:
    number: int
    wishes: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draw with another seed would give. The fields are those of the interface."""

    trial_seed: str
    entries: int
    with_first_wish: int
    with_some: int
    times: int
    given: int
    gone: int
    wanted: list[WantedTime]

    @property
    def with_nothing(self) -> int:
        return self.entries - self.with_some

    @classmethod
    def of(cls, conducted: Conducted) -> "Trial":
        drawn, entries = conducted.draw, conducted.draw.entries
        wishes: dict[int, int] = {}
        for entry in entries:
            for time in entry.wishes:
                wishes[time] = wishes.get(time, 0) + 1
        most = sorted(wishes, key=lambda time: (-wishes[time], time))[:MOST_WANTED]
        first = {entry.number: entry.wishes[0] for entry in entries}
        return cls(
            trial_seed=drawn.seed,
            entries=len(entries),
            with_first_wish=sum(1 for time, (number, _) in drawn.winners.items() if first[number] == time),
            with_some=len({number for number, _ in drawn.winners.values()}),
            times=len(conducted.times),
            given=len(drawn.winners),
            gone=len(drawn.gone),
            wanted=[WantedTime(time, wishes[time]) for time in most],
        )


def preview_lottery(call: Call, *, lottery_id: UUID) -> Trial:
    """Draw with a seed that is new each time and marked, and keep nothing. The entries are those of now. Raises
    Unauthenticated, Forbidden, NotFound, LotteryOver."""
    lottery = _find(call, lottery_id, times=True)
    lottery.check_not_over()
    entries = dict(enumerate(storage.entries_of(call.session, lottery_id), 1))
    return Trial.of(prepare(call, lottery, entries, TRIAL + token_hex(8)))


def close_lottery(call: Call, *, lottery_id: UUID, expected_version: int | None = None) -> Lottery:
    """Close entries before their time. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, EntriesNotOpen,
    LotteryOver."""
    lottery = _lock(call, lottery_id, expected_version)
    lottery.check_open(call.now)
    close(call, lottery, by=account(call.acting))
    return _shown(call, lottery_id)


def draw_lottery(call: Call, *, lottery_id: UUID, expected_version: int | None = None) -> Lottery:
    """Draw the lottery now. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, LotteryNotClosed, LotteryOver,
    CalendarChanged."""
    lottery = _lock(call, lottery_id, expected_version)
    draw(call, lottery, by=account(call.acting))
    return _shown(call, lottery_id)


def cancel_lottery(
    call: Call, *, lottery_id: UUID, because: str, note: str | None = None, expected_version: int | None = None
) -> Lottery:
    """It does not take place. Its times can be booked by everybody, and all who have entered are told. Raises Unauthenticated,
    Forbidden, NotFound, VersionMismatch, LotteryOver."""
    lottery = _lock(call, lottery_id, expected_version)
    lottery.check_not_over()
    revision.begin_change(call.session, lottery.community_id)
    storage.load_times(call.session, lottery)
    lottery.cancel(because, note, call.now, by=account(call.acting))
    for entry in storage.entries_of(call.session, lottery_id):
        if entry.state == ENTERED:
            entry.void(call.now)
            outbox.add(call.session, cancelled_message(lottery, entry, call.now))
    revision.announce(call.session, call.now, lottery.community_id, "lottery")
    return _shown(call, lottery_id)


def see_lottery_quarters(call: Call, *, community_id: str) -> Sequence[Any]:
    """How often the households won that entered lotteries which were drawn within a year, in four equal groups. Raises
    Unauthenticated, Forbidden, InvalidField."""
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    return storage.quarters(call.session, community_id, call.now - A_YEAR)


def _find(call: Call, lottery_id: UUID, **how: Any) -> Lottery:
    """For an admin of its community. Raises Unauthenticated, Forbidden, NotFound."""
    account(call.acting)
    lottery = storage.find_lottery(call.session, lottery_id, **how)
    if lottery is None or not administers(call.acting, lottery.community_id):
        call.acting.require_role("admin")
        raise NotFound(lottery_id=str(lottery_id))
    return lottery


def _lock(call: Call, lottery_id: UUID, expected_version: int | None) -> Lottery:
    lottery = _find(call, lottery_id, lock="alone")
    lottery.expect_version(expected_version)
    return lottery


def _shown(call: Call, lottery_id: UUID) -> Lottery:
    call.session.flush()
    call.session.expire_all()
    lottery = storage.find_lottery(call.session, lottery_id, times=True)
    assert lottery is not None  # noqa: S101 - it was changed in this transaction
    return with_counts(call.session, [lottery])[0]
