"""Booking's copies of communities: by version, in whatever order and however often the messages come."""

from itertools import permutations

import pytest
from alembic import command
from sqlalchemy import Engine, text

from chassis.database.engine import reading, transaction
from chassis.database.migrate import config, locations, migrate
from services.booking.calendar.models import CalendarRevision, Community
from services.booking.calendar.storage import keep_community
from tests.conftest import DatabaseOf
from tests.integration.booking.conftest import Centre

ZONES = {1: "Asia/Shanghai", 2: "Asia/Urumqi", 3: "Asia/Kathmandu"}


def receive(engine: Engine, *versions: int) -> None:
    for version in versions:
        with transaction(engine) as session:
            keep_community(session, community_id="liuyi", version=version, time_zone=ZONES[version], sub_district=None)


def kept(engine: Engine) -> tuple[int, str]:
    with reading(engine) as session:
        copy = session.get_one(Community, "liuyi")
        return copy.version, copy.time_zone


@pytest.mark.parametrize("order", list(permutations(ZONES)))
def test_the_newest_state_stays_in_whatever_order_messages_come(database_of: DatabaseOf, order: tuple[int, ...]) -> None:
    engine = database_of("booking")
    receive(engine, *order, *order)
    assert kept(engine) == (3, "Asia/Kathmandu")


def test_the_same_version_repairs_a_copy(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    receive(engine, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE community SET time_zone = 'Asia/Tokyo'"))
    receive(engine, 1)
    assert kept(engine) == (2, "Asia/Tokyo")
    receive(engine, 2)
    assert kept(engine) == (2, "Asia/Urumqi")


def test_a_copy_renews_the_calendar_that_bookings_rely_on(centre: Centre) -> None:
    def revision() -> object:
        with reading(centre.engine) as session:
            return session.get_one(CalendarRevision, "liuyi").revision

    before = revision()
    receive(centre.engine, 2)
    renewed = revision()
    assert renewed != before
    receive(centre.engine, 1)
    assert revision() == renewed, "an old message changes nothing"


def test_rows_from_before_the_directory_stay_until_a_message_comes(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    folder, version_table = locations("booking")[1]
    with engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "0005")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO community (id, time_zone) VALUES ('liuyi', 'Asia/Tokyo')"))
    migrate("booking", engine)
    assert kept(engine) == (0, "Asia/Tokyo")
    receive(engine, 1)
    assert kept(engine) == (1, "Asia/Shanghai")
