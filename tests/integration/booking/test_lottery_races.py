"""Lotteries under fire: entries at the closing instant, replicas that draw at once, and processes that die in between."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from chassis.database.engine import reading, transaction
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import Refusal
from services.booking.bookings.models import Booking
from services.booking.ledger import storage as ledger
from services.booking.lotteries import conducting, record, storage
from services.booking.lotteries.models import LotteryEntry
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.lotteries import ADMIN, CLOSES, DRAWS, enter, make, resident, run_job
from tests.integration.booking.test_races import all_at_once, codes
from tests.unit.booking.spaces import MONDAY, local

MANY = 8


def step(centre: Centre, lottery: Any, now: Any) -> bool:
    with transaction(centre.engine) as session:
        return conducting.step(Call(session, now), lottery.id)


def test_an_entry_at_the_closing_instant_is_in_the_file_or_refused(centre: Centre) -> None:
    for _ in range(3):
        lottery = make(centre, space_ids=[centre.add_space().id])
        entering: list[Callable[[], Any]] = [lambda: enter(centre, lottery, 1) for _ in range(MANY)]  # noqa: B023
        outcomes = all_at_once([*entering, lambda: run_job(centre, CLOSES)])[:-1]
        run_job(centre, CLOSES)  # the job leaves a lottery that others have locked to its next time
        accepted = [one.id for one in outcomes if not isinstance(one, Refusal)]
        assert set(codes(outcomes)) <= {"won", "booking.lottery_not_open"}
        with reading(centre.engine) as session:
            numbered = storage.entries_of(session, lottery.id, numbered=True)
        assert {one.id for one in numbered} == set(accepted)
        file = centre.do("get_lottery_record", lottery_id=lottery.id)
        assert [one["entry"] for one in file["entries"]] == list(range(1, len(accepted) + 1))


def test_two_phones_of_a_household_make_one_entry(centre: Centre) -> None:
    lottery, household = make(centre), uuid4()
    outcomes = all_at_once([lambda: enter(centre, lottery, 1, acting=resident(household)) for _ in range(MANY)])
    assert codes(outcomes) == {"won": 1, "booking.lottery_household_entered": MANY - 1}


def test_one_phone_that_sends_many_times_makes_one_entry(centre: Centre) -> None:
    lottery, wang = make(centre), resident()
    outcomes = all_at_once([lambda: enter(centre, lottery, 1, 2, acting=wang) for _ in range(MANY)])
    assert len({one.id for one in outcomes}) == 1


def test_replicas_and_an_admin_that_draw_at_once_draw_once(centre: Centre) -> None:
    lottery = make(centre)
    for _ in range(5):
        enter(centre, lottery, 1, 2, 3)
    run_job(centre, CLOSES)
    admin = [lambda: centre.do("draw_lottery", ADMIN, lottery_id=lottery.id, now=CLOSES)]
    outcomes = all_at_once([lambda: run_job(centre, DRAWS) for _ in range(3)] + admin * 2)
    assert set(codes(outcomes)) <= {"won", "booking.lottery_over"}
    check_drawn_once(centre, lottery, entries=5, given=3)


def check_drawn_once(centre: Centre, lottery: Any, *, entries: int, given: int) -> None:
    file = centre.do("get_lottery_record", lottery_id=lottery.id)
    assert record.replay(file) == record.canonical(file["result"])
    types = [row.type for row in centre.published()]
    assert types.count("booking.lottery_drawn.v1") == entries and types.count("booking.confirmed.v1") == given
    with reading(centre.engine) as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == given
        states = session.scalars(select(LotteryEntry.state).where(LotteryEntry.lottery_id == lottery.id)).all()
    assert states.count("won") == given and len(states) == entries and len(centre.claims()) == given


class Killed(Exception):
    """Stands for kill -9: the transaction never commits."""


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (conducting.revision, "begin_change"),
        (conducting, "prepare"),
        (conducting.storage, "add_wins"),
        (ledger, "replace_all"),
        (conducting, "_tell"),
        (outbox, "add"),
        (conducting.revision, "announce"),
    ],
)
def test_a_draw_that_dies_anywhere_leaves_nothing_and_is_done_again(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, place: Any, name: str
) -> None:
    lottery = make(centre)
    for _ in range(4):
        enter(centre, lottery, 1, 2, 3)
    run_job(centre, CLOSES)
    before = centre.published()

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, name, die)
        with pytest.raises(Killed):
            step(centre, lottery, DRAWS)
    assert centre.do("get_lottery", lottery_id=lottery.id).state == "closed"
    assert (centre.claims(), len(centre.published())) == ([], len(before))
    run_job(centre, DRAWS)
    check_drawn_once(centre, lottery, entries=4, given=3)


def test_bookings_during_the_draw_never_take_what_was_won(centre: Centre) -> None:
    lottery = make(centre)
    for _ in range(2):
        enter(centre, lottery, 1)
    run_job(centre, CLOSES)
    hours = [("18:00", "19:00"), ("19:00", "20:00"), ("20:00", "21:00")] * 2
    booking = [lambda hour=hour: centre.book(*hour, person()) for hour in hours]
    all_at_once([*booking, lambda: run_job(centre, DRAWS)])
    with reading(centre.engine) as session:
        starts = sorted(session.scalars(select(Booking.starts_at)))
    assert local(MONDAY, "18:00") in starts and len(starts) == len(set(starts))
    assert centre.do("get_lottery_record", lottery_id=lottery.id)["gone"] == []


def test_bookings_while_a_lottery_is_made_are_left_out_or_refused(centre: Centre) -> None:
    booking = [lambda: centre.book("18:00", "19:00", person()) for _ in range(4)]
    outcomes = all_at_once([*booking, lambda: make(centre)])
    lottery = outcomes[-1]
    booked = [one for one in outcomes[:-1] if not isinstance(one, Refusal)]
    assert len(lottery.times) == 3 - len(booked) and lottery.left_out == len(booked)
