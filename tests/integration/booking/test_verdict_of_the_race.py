"""The verdict of bench.race finds nothing in a sound database, and each kind of fault that is planted in one."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bench.race.linli import promises
from tests.integration.booking.conftest import Centre, person
from tests.integration.booking.test_counters import Counters
from tests.integration.booking.test_waits import ask, sweep

LIMIT, MINUTES = 1, 120


def found(centre: Centre, residents: list[Any]) -> dict[str, int]:
    """What is counted, without zeros."""
    known = {"residents": residents, "rooms": [centre.court.id], "allowed": LIMIT, "minutes": MINUTES}
    with centre.engine.connect() as connection:
        counts = {
            name: connection.scalar(text(one), {key: value for key, value in known.items() if f":{key}" in one})
            for name, one in promises.ALL.items()
        }
    return {name: count for name, count in counts.items() if count and name != "not published"}


def plant(centre: Centre, *statements: str, **parameters: Any) -> None:
    with centre.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), parameters if ":" in statement.replace("::", "") else {})


@pytest.fixture
def busy(centre: Centre) -> list[Any]:
    """A booking, somebody who has an offer of a freed time, and a number that was called. The people of the race."""
    centre.book("15:00", "16:00")
    freed = centre.book("17:00", "18:00", centre.li)
    ask(centre, waits := person(), "17:00", "18:00")
    centre.do("cancel_booking", centre.li, booking_id=freed.id)
    sweep(centre)
    counters = Counters(centre)
    counters.open()
    counters.take()
    counters.call()
    return [centre.wang.account_id, centre.li.account_id, waits.account_id]


FAULTS = {
    "two at one time in one space": (
        "INSERT INTO claimed_time (holder_id, claim_request_id, community_id, space_ids, starts_at, ends_at, people)"
        " SELECT gen_random_uuid(), (SELECT id FROM claim_request), 'liuyi', ARRAY[space_id], starts_at, ends_at, 1"
        " FROM booking WHERE state = 'confirmed'",
    ),
    "overlapping claims": (
        "ALTER TABLE claim DROP CONSTRAINT claim_no_double_booking",
        "INSERT INTO claim (holder_id, resource_id, holder_kind, community_id, during, state)"
        " SELECT gen_random_uuid(), resource_id, 'mediation', community_id, during, 'confirmed' FROM claim"
        " WHERE state = 'confirmed'",
    ),
    "wrong claims of bookings": ("UPDATE claim SET state = 'released' WHERE state = 'confirmed'",),
    "claims of nobody": (
        "ALTER TABLE wait_offer DROP CONSTRAINT wait_offer_settled_at",
        "UPDATE wait_offer SET state = 'declined'",
        "UPDATE wait SET state = 'waiting'",
    ),
    "bookings whose last message says something else": ("DELETE FROM outbox WHERE type = 'booking.cancelled.v1'",),
    "offers of which nobody was told": ("DELETE FROM outbox WHERE type = 'booking.wait_offered.v1'",),
    "offers that hold nothing": ("UPDATE claim SET state = 'released' WHERE state = 'held'",),
    "waits without their offer": ("UPDATE wait SET state = 'waiting'",),
    "numbers given twice or left out": ("UPDATE ticket_number SET last = last + 1",),
    "calls that end before they begin, or begin before their ticket": (
        "UPDATE ticket_call SET called_at = called_at - interval '1 second'",
    ),
    "calls counted wrongly": ("UPDATE ticket_number SET calls = calls + 1",),
    "called and at no window": ("UPDATE ticket_call SET ended_at = now(), outcome = 'done'",),
}


def test_nothing_is_found_in_a_sound_database(centre: Centre, busy: list[Any]) -> None:
    assert found(centre, busy) == {}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(centre: Centre, busy: list[Any], name: str) -> None:
    if name == "two at one time in one space":
        plant(
            centre,
            "INSERT INTO claim_request (id, community_id, version, requester, request, outcome, answer, answered_at)"
            " VALUES (:id, 'liuyi', 1, 'events', 1, 'granted', '{}', now())",
            id=uuid4(),
        )
    plant(centre, *FAULTS[name])
    assert name in found(centre, busy)


def test_more_than_a_limit_is_found(centre: Centre, busy: list[Any]) -> None:
    plant(centre, "UPDATE space SET kind = 'court'")
    centre.book("09:00", "10:00")
    assert found(centre, busy)["residents over their limit"] == 1
    household = uuid4()
    plant(centre, "UPDATE booking SET household_id = :household, ends_at = starts_at + interval '3 hours'", household=household)
    assert found(centre, busy)["households over their limit"] == 1
