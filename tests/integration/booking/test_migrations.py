from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading
from chassis.database.migrate import pending
from services.booking.base import Base
from services.booking.calendar.models import CalendarDay
from tests.integration.booking.conftest import Centre
from tests.schema_differences import differences


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
            text("UPDATE claim SET blocked = tstzrange(:at, :at + interval '1 hour') WHERE booking_id = :id"),
            {"at": overlapping, "id": other.id},
        )
    assert {claim.booking_id for claim in centre.claims()} == {booking.id, other.id}


def test_the_database_refuses_parts_of_what_is_not_divisible(centre: Centre) -> None:
    """Or a booking of the whole would not claim its parts."""
    with pytest.raises(IntegrityError, match="space_part_of_divisible"):
        centre.add_space(parent_id=centre.court.id)
    with pytest.raises(IntegrityError, match="space_divided_once"):
        centre.add_space(parent_id=centre.add_space(divisible=True).id, divisible=True)
