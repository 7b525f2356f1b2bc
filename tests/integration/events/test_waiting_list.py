"""First come, first served."""

from datetime import timedelta

import pytest

from chassis.rpc.refusal import Forbidden, NotFound, VersionMismatch
from services.events.interface.refusals import CapacityTooLow, NotPublished, RegistrationClosed
from tests.integration.events.conftest import NOW, ORGANISER, Centre, resident


def states(centre: Centre, *registrations: dict[str, object]) -> list[object]:
    """`confirmed`, `cancelled`, or the position of each."""
    return [found["position"] or found["state"] for found in map(centre.look_up, registrations)]


def test_who_waits_longest_moves_up_when_seats_are_given_back(centre: Centre) -> None:
    session_id = centre.session_of(capacity=2)
    first = centre.register("wang", session_id, seats=2)
    queue = [centre.register(name, session_id) for name in ("li", "zhang", "ma")]
    centre.cancel(first)
    assert states(centre, *queue) == ["confirmed", "confirmed", 1]
    assert (centre.session(session_id)["taken"], centre.session(session_id)["waiting"]) == (2, 1)
    assert centre.published(queue[0]["id"]) == [("registration.waitlisted.v1", 1), ("registration.promoted.v1", 2)]


def test_nobody_overtakes_a_family_that_needs_more_seats_than_are_free(centre: Centre) -> None:
    session_id = centre.session_of(capacity=4)
    seated = [centre.register(name, session_id, seats=2) for name in ("wang", "li")]
    family, single = centre.register("zhang", session_id, seats=4), centre.register("ma", session_id)
    centre.cancel(seated[0])
    assert states(centre, family, single) == [1, 2]
    assert centre.session(session_id)["taken"] == 2
    centre.cancel(seated[1])
    assert states(centre, family, single) == ["confirmed", 1]


def test_those_behind_move_up_when_the_family_in_front_gives_up(centre: Centre) -> None:
    session_id = centre.session_of(capacity=4)
    centre.register("wang", session_id, seats=3)
    family, single = centre.register("zhang", session_id, seats=4), centre.register("ma", session_id)
    centre.cancel(family, resident("zhang"))
    assert states(centre, family, single) == ["cancelled", "confirmed"]
    assert centre.session(session_id)["waiting"] == 0


def test_withdrawing_from_the_middle_of_the_queue_closes_the_gap(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    centre.register("wang", session_id)
    queue = [centre.register(name, session_id) for name in ("li", "zhang", "ma")]
    centre.cancel(queue[1])
    assert states(centre, *queue) == [1, "cancelled", 2]
    assert centre.register("chen", session_id)["position"] == 3


def test_who_withdraws_and_returns_queues_at_the_end(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    centre.register("wang", session_id)
    li, zhang = centre.register("li", session_id), centre.register("zhang", session_id)
    centre.cancel(li)
    assert centre.register("li", session_id)["position"] == 2
    assert states(centre, zhang) == [1]


def test_more_seats_move_the_queue_in_the_same_transaction(centre: Centre) -> None:
    club_event = centre.publish()
    session_id = club_event["sessions"][0]["id"]
    for name in ("a", "b"):
        centre.register(name, session_id, seats=4)
    queue = [centre.register(name, session_id, seats=2) for name in ("li", "zhang")]
    changed = centre.ask(ORGANISER, "change_capacity", session_id=session_id, capacity=11, expected_version=2)
    assert changed["version"] == 3
    assert (changed["sessions"][0]["capacity"], changed["sessions"][0]["taken"]) == (11, 10)
    assert changed["sessions"][0]["seats_left"] == 0  # the free one is for who waits
    assert states(centre, *queue) == ["confirmed", 1]


def test_seats_that_are_held_or_awaited_cannot_be_taken_away(centre: Centre) -> None:
    session_id = centre.session_of(capacity=8)
    centre.register("wang", session_id, seats=3)
    with pytest.raises(CapacityTooLow) as refusal:
        centre.ask(ORGANISER, "change_capacity", session_id=session_id, capacity=2)
    assert refusal.value.details == {"least": 3, "capacity": 2}
    assert centre.ask(ORGANISER, "change_capacity", session_id=session_id, capacity=3)["sessions"][0]["capacity"] == 3
    centre.register("li", session_id, seats=3)
    centre.register("zhang", session_id, seats=3)
    centre.ask(ORGANISER, "change_capacity", session_id=session_id, capacity=4)


def test_capacity_stays_large_enough_for_the_largest_party_that_waits(centre: Centre) -> None:
    session_id = centre.session_of(capacity=4)
    seated = centre.register("wang", session_id, seats=1)
    centre.register("li", session_id, seats=4)
    with pytest.raises(CapacityTooLow) as refusal:
        centre.ask(ORGANISER, "change_capacity", session_id=session_id, capacity=3)
    assert refusal.value.details["least"] == 4
    centre.cancel(seated)
    assert centre.session(session_id)["taken"] == 4


def test_who_changes_a_capacity_and_when(centre: Centre) -> None:
    session_id, drafted = centre.session_of(), centre.draft()["sessions"][0]["id"]
    change = {"session_id": session_id, "capacity": 9}
    with pytest.raises(Forbidden):
        centre.ask(resident("wang"), "change_capacity", **change)
    with pytest.raises(NotFound):
        centre.ask(resident("wang"), "change_capacity", session_id=drafted, capacity=9)
    with pytest.raises(NotPublished):
        centre.ask(ORGANISER, "change_capacity", session_id=drafted, capacity=9)
    with pytest.raises(VersionMismatch):
        centre.ask(ORGANISER, "change_capacity", expected_version=1, **change)
    with pytest.raises(RegistrationClosed):
        centre.ask(ORGANISER, "change_capacity", now=NOW + timedelta(days=2), **change)
