"""Many clerks at once, in real threads on a real database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from random import Random
from threading import Barrier
from typing import Any

from sqlalchemy import select

from chassis.database.engine import reading
from chassis.rpc.refusal import Refusal
from services.booking.bookings.models import Booking
from services.booking.interface.refusals import SpaceTaken
from services.booking.spaces.models import Space
from tests.integration.booking.conftest import Centre, person
from tests.unit.booking.spaces import MONDAY, local

CLERKS = 16


def all_at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each act gave, or the refusal it met; any other error fails the test."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, act) for act in acts]]


def codes(outcomes: list[Any]) -> Counter[str]:
    return Counter(outcome.code if isinstance(outcome, Refusal) else "won" for outcome in outcomes)


def test_of_sixteen_clerks_at_one_empty_slot_exactly_one_wins(centre: Centre) -> None:
    for hour in ("10", "15", "16", "17"):
        outcomes = all_at_once([lambda hour=hour: centre.book(f"{hour}:00", f"{hour}:30", person()) for _ in range(CLERKS)])
        assert codes(outcomes) == {"won": 1, "booking.space_taken": CLERKS - 1}
        losers = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
        assert all(0 < len(refusal.details["alternatives"]) <= 3 for refusal in losers)
    assert len(centre.claims()) == len(centre.published()) == 4


def test_partly_overlapping_wishes_never_end_up_overlapping(centre: Centre) -> None:
    starts = [local(MONDAY, "15:00") + timedelta(minutes=30 * (number % 8)) for number in range(CLERKS)]
    outcomes = all_at_once(
        [
            lambda at=at: centre.do(
                "book_space", person(), space_id=centre.court.id, starts_at=at, ends_at=at + timedelta(minutes=90)
            )
            for at in starts
        ]
    )
    won = sorted((b.starts_at, b.ends_at) for b in outcomes if not isinstance(b, Refusal))
    assert won and set(codes(outcomes)) <= {"won", "booking.space_taken"}
    assert all(before[1] <= after[0] for before, after in pairwise(won))
    assert len(centre.claims()) == len(won)


def test_wholes_and_parts_race_without_deadlock(centre: Centre) -> None:
    hall = centre.add_space(divisible=True, capacity=8)
    parts = [centre.add_space(parent_id=hall.id) for _ in range(3)]
    wanted: list[Space] = [hall, *parts] * (CLERKS // 4)
    outcomes = all_at_once([lambda space=space: centre.book("15:00", "16:00", person(), space=space) for space in wanted])
    winners = {b.space_id for b in outcomes if not isinstance(b, Refusal)}
    assert set(codes(outcomes)) == {"won", "booking.space_taken"}
    assert winners == {hall.id} or (hall.id not in winners and winners)
    assert len(centre.claims()) == (3 if hall.id in winners else len(winners))


def test_two_who_swap_their_times_do_not_wait_for_each_other_for_ever(centre: Centre) -> None:
    """Each asks for what the other holds: both are refused or one moved first, and nobody is chosen as a victim."""
    first, second = centre.book("15:00", "16:00"), centre.book("16:00", "17:00", centre.li)

    def move(booking: Any, who: Any, start: str, end: str) -> Any:
        times = {"starts_at": local(MONDAY, start), "ends_at": local(MONDAY, end)}
        return centre.do("reschedule_booking", who, booking_id=booking.id, **times)

    for _ in range(5):
        outcomes = all_at_once(
            [lambda: move(first, centre.wang, "16:00", "17:00"), lambda: move(second, centre.li, "15:00", "16:00")]
        )
        assert codes(outcomes) == {"booking.space_taken": 2}
    assert len(centre.claims()) == 2


def test_a_move_and_bookings_race_for_one_slot(centre: Centre) -> None:
    mine = centre.book("20:00", "21:00")
    times = {"starts_at": local(MONDAY, "15:00"), "ends_at": local(MONDAY, "16:00")}
    acts: list[Callable[[], Any]] = [lambda: centre.do("reschedule_booking", centre.wang, booking_id=mine.id, **times)]
    acts += [lambda: centre.book("15:00", "16:00", person()) for _ in range(CLERKS - 1)]
    assert codes(all_at_once(acts)) == {"won": 1, "booking.space_taken": CLERKS - 1}
    assert len([c for c in centre.claims() if c.during.lower == times["starts_at"]]) == 1


def test_two_changes_of_one_booking_happen_one_after_the_other(centre: Centre) -> None:
    booking = centre.book("15:00", "16:00")
    outcomes = all_at_once([lambda: centre.do("cancel_booking", centre.wang, booking_id=booking.id) for _ in range(4)])
    assert codes(outcomes) == {"won": 1, "booking.not_cancellable": 3}
    assert [row.type for row in centre.published()] == ["booking.confirmed.v1", "booking.cancelled.v1"]


def test_whatever_many_do_at_once_claims_are_those_of_confirmed_bookings_and_never_overlap(centre: Centre) -> None:
    """Bookings, moves and cancellations of a whole and its parts; a deadlock or any other error fails the test."""
    hall = centre.add_space(divisible=True, capacity=8)
    spaces = [hall, *(centre.add_space(parent_id=hall.id) for _ in range(2))]

    def act(number: int) -> Counter[str]:
        chance, who, done = Random(number), person(), Counter[str]()
        mine: list[Any] = []
        for _ in range(8):
            starts_at = local(MONDAY, "14:00") + timedelta(minutes=30 * chance.randrange(8))
            times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=60)}
            verb = chance.choice(["book_space", "book_space", "reschedule_booking", "cancel_booking"]) if mine else "book_space"
            try:
                if verb == "book_space":
                    mine.append(centre.do(verb, who, space_id=chance.choice(spaces).id, **times))
                elif verb == "reschedule_booking":
                    centre.do(verb, who, booking_id=chance.choice(mine).id, **times)
                else:
                    centre.do(verb, who, booking_id=mine.pop(chance.randrange(len(mine))).id)
                done[verb] += 1
            except SpaceTaken:
                done["taken"] += 1
        return done

    done = sum(all_at_once([lambda number=number: act(number) for number in range(8)]), Counter[str]())
    assert done["book_space"] and done["taken"], done
    claims = centre.claims()
    with reading(centre.engine) as session:
        stored = session.scalars(select(Booking)).all()
    leaves = {space.id: 2 if space is hall else 1 for space in spaces}
    held = Counter({booking.id: leaves[booking.space_id] for booking in stored if booking.state == "confirmed"})
    assert Counter(claim.holder_id for claim in claims) == held
    for leaf in {claim.resource_id for claim in claims}:
        of_leaf = sorted((c.during.lower, c.during.upper) for c in claims if c.resource_id == leaf)
        assert all(before[1] <= after[0] for before, after in pairwise(of_leaf))
    told = Counter(row.aggregate_id for row in centre.published())
    assert told == Counter({booking.id: booking.version for booking in stored})
