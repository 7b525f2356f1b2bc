"""The sessions of the demo hold their rooms, whatever day it is made: no demo booking is in the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.booking import demo as booking_demo
from services.events import demo as events_demo
from tests.integration.events.messenger import Messenger

MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)  # ten in the morning in Shanghai


@pytest.mark.parametrize("day", range(7))
def test_sessions_of_the_demo_hold_their_rooms(database_of: Callable[[str], Engine], day: int) -> None:
    events, booking, now = database_of("events"), database_of("booking"), MONDAY + timedelta(days=day)
    mail = Messenger(events, booking, lambda: now)
    for engine, demo in ((booking, booking_demo), (events, events_demo)):
        with transaction(engine) as session:
            demo.seed(Call(session, now))
    mail.deliver_all()
    with events.connect() as connection:
        claims = connection.exec_driver_sql("SELECT state, refusals FROM room_claim").all()
    assert {(claim.state, str(claim.refusals)) for claim in claims} == {("granted", "{}")}
    ledger = mail.ledger()
    assert len(ledger) >= 12
    assert ledger == mail.believed()
    with booking.connect() as connection:
        assert set(connection.exec_driver_sql("SELECT DISTINCT community_id FROM claimed_time").scalars()) == {
            "liuyi",
            "yuxin",
            "zhongzhou",
        }
