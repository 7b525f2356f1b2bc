from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.booking import demo
from services.booking.bookings.messages import CONTRACTS
from services.booking.bookings.models import Booking
from services.booking.calendar import missing_years
from services.booking.calendar.models import Closure, SpaceException
from services.booking.demo import liuyi
from services.booking.lotteries import record
from services.booking.lotteries.models import Lottery
from services.booking.questions.models import DateQuestion
from services.booking.series.models import Series
from services.booking.spaces.models import Space
from services.booking.waits import offering
from services.booking.waits.models import Wait

LATE_ON_A_HOLIDAY = datetime(2026, 10, 1, 15, 30, tzinfo=UTC)
ORDINARY = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def seed(engine: Engine, now: datetime) -> tuple[int, ...]:
    """How many spaces, exceptions, bookings and messages there are afterwards."""
    with transaction(engine) as session:
        demo.seed(Call(session, now))
    with reading(engine) as session:
        counted = [Space, SpaceException, Booking]
        counts = [session.scalar(select(func.count()).select_from(model)) or 0 for model in counted]
        rows = session.execute(select(tables.outbox)).all()
    for row in rows:
        CONTRACTS[row.type].check(row.data)
    return *counts, len(rows)


@pytest.mark.parametrize("now", [ORDINARY, LATE_ON_A_HOLIDAY])
def test_seeding_again_adds_nothing_and_the_next_day_adds_that_day(database_of: Callable[[str], Engine], now: datetime) -> None:
    engine = database_of("booking")
    first = seed(engine, now)
    assert first[0] == sum(len(centre.SPACES) for centre in demo.CENTRES.values()) > 28 and first[1] == 1
    assert 5 <= first[2] < first[3]
    assert seed(engine, now + timedelta(minutes=5)) == first
    later = seed(engine, now + timedelta(days=1))
    assert later[0] == first[0] and later[2] > first[2]


def test_a_club_has_a_series_that_is_being_asked_and_a_room_will_be_closed(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    for later in (timedelta(), timedelta(days=1)):
        with transaction(engine) as session:
            demo.seed(Call(session, ORDINARY + later))
    with reading(engine) as session:
        (series,), (closure,) = session.scalars(select(Series)).all(), session.scalars(select(Closure)).all()
        (question,) = session.scalars(select(DateQuestion)).all()
        dates = session.scalars(select(Booking).where(Booking.series_id == series.id).order_by(Booking.starts_at)).all()
        types = Counter(session.scalars(select(tables.outbox.c.type)))
        assert not missing_years._missing(session, range(2026, 2029)).days()
    assert len(dates) == 8 and dates[-1].beyond_rules == ["booking.too_far"] and dates[0].beyond_rules is None
    assert question.booking_id == dates[0].id and question.answer_by > ORDINARY + timedelta(hours=12)
    assert closure.starts_at > ORDINARY and closure.reason == "maintenance"
    assert (types["booking.need_asked.v1"], types["booking.series_booked.v1"]) == (1, 1)


def test_somebody_waits_for_what_somebody_else_has(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    for _ in range(2):
        seed(engine, ORDINARY)
    with reading(engine) as session:
        assert len(session.scalars(select(Wait)).all()) == len(liuyi.WAITS)
    with transaction(engine) as session:
        while offering.step(Call(session, ORDINARY)):
            pass
    with reading(engine) as session:
        assert {wait.state for wait in session.scalars(select(Wait))} == {"waiting"}


def test_requests_wait_and_two_of_them_compete(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    seed(engine, ORDINARY)
    with reading(engine) as session:
        asked = session.scalars(select(Booking).where(Booking.state == "requested").order_by(Booking.starts_at)).all()
        assert {one.space_id for one in asked} == {demo_id("space", "livestream-room")} and len(asked) == 3
        assert asked[1].starts_at < asked[0].ends_at


def test_today_has_something_on_and_parts_belong_to_their_whole(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    seed(engine, ORDINARY)
    with reading(engine) as session:
        midnight = datetime(2026, 11, 21, 16, tzinfo=UTC)
        today = Booking.starts_at.between(midnight, midnight + timedelta(days=1))
        assert (session.scalar(select(func.count()).select_from(Booking).where(today)) or 0) >= 4
        court, hall = (session.get_one(Space, demo_id("space", code)) for code in ("badminton-court-1", "badminton-hall"))
        assert court.parent_id == hall.id and hall.divisible
        assert all(space.name["zh-CN"] and space.name["en"] for space in session.scalars(select(Space)))


def test_one_lottery_can_be_entered_and_one_can_be_repeated(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    for later in (timedelta(), timedelta(days=1)):
        with transaction(engine) as session:
            demo.seed(Call(session, ORDINARY + later))
    with reading(engine) as session:
        one, other = (session.get_one(Lottery, demo_id("lottery", name)) for name in ("open", "drawn"))
        types = Counter(session.scalars(select(tables.outbox.c.type)))
    assert (one.phase(ORDINARY), other.state) == ("open", "drawn")
    assert record.replay(other.record) == record.canonical(other.record["result"])
    assert types["booking.lottery_drawn.v1"] == 3
