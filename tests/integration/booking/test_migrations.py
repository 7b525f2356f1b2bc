from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading
from chassis.database.migrate import config, locations, migrate, pending
from services.booking.base import Base
from services.booking.calendar.models import CalendarDay
from services.booking.interface.refusals import SpaceTaken
from services.booking.ledger.models import Claim
from tests.integration.booking.conftest import Centre
from tests.integration.booking.test_equipment import add_kind, book
from tests.integration.booking.test_lending import hand_out
from tests.schema_differences import differences
from tests.unit.booking.spaces import MONDAY, local


def test_migrations_make_what_the_models_say(database_of: Callable[[str], Engine]) -> None:
    engine = database_of("booking")
    assert differences(Base.metadata, engine) == []
    assert pending("booking", engine) == []


def test_the_statutory_calendar_is_there_from_the_start(database_of: Callable[[str], Engine]) -> None:
    with reading(database_of("booking")) as session:
        count, first, last = session.execute(select(func.count(), func.min(CalendarDay.day), func.max(CalendarDay.day))).one()
        new_year = session.get_one(CalendarDay, ("*", date(2026, 1, 1)))
    assert count > 700 and (first.year, last.year) == (2004, 2026)
    assert (new_year.kind, new_year.name["zh-CN"]) == ("holiday", "元旦")


def test_the_database_itself_refuses_overlapping_claims_whoever_writes(centre: Centre) -> None:
    """Also what goes round the service: a hand at psql, or a bug."""
    booking = centre.book("10:00", "11:00")
    other = centre.book("15:00", "16:00")
    overlapping = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    with pytest.raises(IntegrityError, match="claim_no_double_booking"), centre.engine.begin() as connection:
        connection.execute(
            text("UPDATE claim SET during = tstzrange(:at, :at + interval '1 hour') WHERE holder_id = :id"),
            {"at": overlapping, "id": other.id},
        )
    assert {claim.holder_id for claim in centre.claims()} == {booking.id, other.id}


def test_the_database_refuses_parts_of_what_is_not_divisible(centre: Centre) -> None:
    """Or a booking of the whole would not claim its parts."""
    with pytest.raises(IntegrityError, match="space_part_of_divisible"):
        centre.add_space(parent_id=centre.court.id)
    with pytest.raises(IntegrityError, match="space_divided_once"):
        centre.add_space(parent_id=centre.add_space(divisible=True).id, divisible=True)


def test_a_pool_that_is_out_in_parts_goes_back_to_one_loan(centre: Centre) -> None:
    chairs = add_kind(centre)
    booking = book(centre, chairs, 6)
    for quantity in (1, 2):
        hand_out(centre, booking, kind_id=chairs.id, quantity=quantity)
    folder, version_table = locations("booking")[1]
    with centre.engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "0069")
        loans = connection.execute(text("SELECT quantity FROM equipment_loan")).scalars().all()
    assert loans == [3]
    migrate("booking", centre.engine)
    assert hand_out(centre, booking, kind_id=chairs.id).quantity == 3


OLD = {
    "kept": ("10:00", "11:00", "confirmed", True),
    "cancelled": ("10:00", "12:00", "cancelled", False),
    "later": ("11:00", "12:00", "confirmed", True),
}
_BOOKED = text(
    """
    WITH booked AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at, cancelled_at)
        VALUES (:id, 'liuyi', 1, :space, :id, :id, :start, :end, :state, 1, :start, CASE WHEN :active THEN NULL ELSE now() END))
    INSERT INTO claim (booking_id, space_id, community_id, blocked, active)
    VALUES (:id, :space, 'liuyi', tstzrange(:start, :end), :active)
    """
)


def test_claims_of_the_time_before_the_ledger_move_into_it_and_back(centre: Centre) -> None:
    folder, version_table = locations("booking")[1]
    ids = {name: uuid4() for name in OLD}
    with centre.engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "0004")
    with centre.engine.begin() as connection:
        for name, (start, end, state, active) in OLD.items():
            times = {"start": local(MONDAY, start), "end": local(MONDAY, end)}
            about = {"id": ids[name], "space": centre.court.id, "state": state, "active": active}
            connection.execute(_BOOKED, times | about)
        before = connection.execute(text("SELECT * FROM claim ORDER BY 1")).all()
    migrate("booking", centre.engine)
    with reading(centre.engine) as session:
        found = {claim.holder_id: claim for claim in session.scalars(select(Claim))}
    assert {name: found[ids[name]].state for name in OLD} == {
        "kept": "confirmed",
        "cancelled": "released",
        "later": "confirmed",
    }
    for name, (start, end, *_) in OLD.items():
        claim = found[ids[name]]
        assert (claim.during.lower, claim.during.upper) == (local(MONDAY, start), local(MONDAY, end))
        assert (claim.resource_id, claim.holder_kind, claim.booking_id) == (centre.court.id, "booking", ids[name])
    with pytest.raises(SpaceTaken):
        centre.book("10:00", "10:30")
    assert centre.book("15:00", "16:00").state == "confirmed"  # the calendar's revision is there too
    centre.do("cancel_booking", centre.clerk, booking_id=ids["later"])
    assert centre.book("11:00", "11:30").state == "confirmed"
    with centre.engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "0004")
        after = connection.execute(
            text("SELECT * FROM claim WHERE booking_id = ANY(:ids) ORDER BY 1"), {"ids": list(ids.values())}
        )
        assert after.all() == [(*row[:-1], row[-1] and row[0] != ids["later"]) for row in before]
        command.downgrade(config(folder, version_table, connection), "base")
