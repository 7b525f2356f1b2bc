"""The tour's judgement: an outside system must hear each event once and in order."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tour.ledger import Expected, Heard, Ledger

CONFIRMED = Heard("e1", "booking.confirmed.v1", "b1", 1)
MOVED = Heard("e2", "booking.rescheduled.v1", "b1", 2)
CANCELLED = Heard("e3", "booking.cancelled.v1", "b1", 3)
OTHER = Heard("e4", "booking.confirmed.v1", "b2", 1)


def ledger_of(*events: Heard) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.hear(event)
    return ledger


def expected(*events: Heard) -> list[Expected]:
    return [Expected(event.type, event.subject) for event in events]


def test_every_event_once_and_in_order_is_no_complaint() -> None:
    ledger = ledger_of(CONFIRMED, OTHER, MOVED, CANCELLED)
    assert ledger.complaints(expected(CONFIRMED, MOVED, CANCELLED, OTHER)) == []


def test_the_same_event_twice_is_noticed() -> None:
    assert ledger_of(CONFIRMED, OTHER, CONFIRMED).complaints(expected(CONFIRMED)) == ["event e1 came 2 times"]


def test_an_older_version_after_a_newer_is_noticed() -> None:
    complaints = ledger_of(CONFIRMED, CANCELLED, MOVED).complaints([])
    assert complaints == ["booking.rescheduled.v1 v2 of b1 came after booking.cancelled.v1 v3"]


def test_two_events_with_the_same_version_are_noticed() -> None:
    assert len(ledger_of(CONFIRMED, Heard("e9", "booking.cancelled.v1", "b1", 1)).complaints([])) == 1


def test_each_service_counts_its_own_versions_of_a_subject() -> None:
    """A club event asks for rooms, and booking answers about the same request."""
    asked = Heard("e6", "club_event.claim_requested.v1", "r1", 1, "events")
    granted = Heard("e7", "booking.claim_granted.v1", "r1", 1, "booking")
    assert not any("came after" in complaint for complaint in ledger_of(asked, granted).complaints([]))


def test_order_is_kept_per_subject_only() -> None:
    assert ledger_of(MOVED, OTHER).complaints([]) == []


def test_what_did_not_come_is_named() -> None:
    complaints = ledger_of(OTHER).complaints(expected(OTHER, CONFIRMED))
    assert complaints == ["booking.confirmed.v1 of b1: expected 1, came 0"]


def test_an_expected_event_told_twice_under_new_ids_is_noticed() -> None:
    again = Heard("e5", CONFIRMED.type, CONFIRMED.subject, 2)
    assert ledger_of(CONFIRMED, again).complaints(expected(CONFIRMED)) == [
        "booking.confirmed.v1 of b1: expected 1, came 2",
    ]


def test_events_of_others_are_welcome() -> None:
    assert ledger_of(OTHER, CONFIRMED).complaints(expected(CONFIRMED)) == []


@given(st.permutations([CONFIRMED, MOVED, CANCELLED]))
def test_only_one_order_of_a_subject_is_right(order: list[Heard]) -> None:
    in_order = order == [CONFIRMED, MOVED, CANCELLED]
    assert (ledger_of(*order).complaints(expected(*order)) == []) is in_order


def test_waiting_ends_with_the_last_expected_event() -> None:
    ledger = ledger_of(CONFIRMED)
    late = threading.Timer(0.05, ledger.hear, [MOVED])
    late.start()
    assert ledger.wait_for(expected(CONFIRMED, MOVED), seconds=10) is True
    late.join()


@pytest.mark.parametrize("events", [(), (CONFIRMED,)])
def test_waiting_gives_up(events: tuple[Heard, ...]) -> None:
    assert ledger_of(*events).wait_for(expected(MOVED), seconds=0.01) is False
