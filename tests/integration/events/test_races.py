"""Many at once, on one PostgreSQL, each in a thread and a transaction of its own."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, text

from chassis.database.engine import transaction
from chassis.rpc.refusal import NotFound, Refusal
from services.events.interface.refusals import AlreadyRegistered, NotPublished, RegistrationNotCancellable
from tests.integration.events.conftest import ORGANISER, Centre, resident, sitting
from tests.integration.events.invariants import check_messages, check_session
from tests.patience import eventually

AT_ONCE = 16


def all_at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each call answered or refused; they start together."""
    waiting = list(calls)
    start = Barrier(len(waiting))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(waiting)) as pool:
        return list(pool.map(run, waiting))


def test_the_last_seat_is_given_once(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    answers = all_at_once(lambda name=f"r{n}": centre.register(name, session_id) for n in range(AT_ONCE))
    assert Counter(answer["state"] for answer in answers) == {"confirmed": 1, "waitlisted": AT_ONCE - 1}
    assert sorted(answer["position"] for answer in answers if answer["position"]) == list(range(1, AT_ONCE))
    check_session(centre, session_id)
    check_messages(centre, session_id)


def test_one_resident_on_many_devices_has_one_registration(centre: Centre) -> None:
    session_id = centre.session_of(capacity=40)
    answers = all_at_once(lambda: centre.register("wang", session_id, seats=2) for _ in range(AT_ONCE))
    assert sum(isinstance(answer, AlreadyRegistered) for answer in answers) == AT_ONCE - 1
    assert centre.session(session_id)["taken"] == 2
    assert [type_ for type_, _ in centre.published()].count("registration.confirmed.v1") == 1


def test_a_refused_device_leaves_no_trace_in_the_queue(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    centre.register("li", session_id)
    all_at_once(lambda: centre.register("wang", session_id) for _ in range(AT_ONCE))
    assert centre.session(session_id)["waiting"] == 1
    check_session(centre, session_id)


def test_nothing_is_oversold_while_many_come_and_go(centre: Centre) -> None:
    session_id = centre.session_of(capacity=23)

    def come_and_go(number: int) -> None:
        choose = random.Random(number)
        for round_ in range(6):
            registration = centre.register(f"r{number}-{round_}", session_id, seats=choose.randint(1, 4))
            if choose.random() < 0.6:
                centre.cancel(registration)

    all_at_once(lambda number=number: come_and_go(number) for number in range(AT_ONCE))
    check_session(centre, session_id)
    check_messages(centre, session_id)
    assert len(centre.rows("SELECT id FROM registration")) == AT_ONCE * 6


def test_a_registration_is_cancelled_once_and_frees_its_seats_once(centre: Centre) -> None:
    session_id = centre.session_of(capacity=4)
    registration = centre.register("wang", session_id, seats=2)
    centre.register("li", session_id, seats=2)
    queue = [centre.register(name, session_id) for name in ("zhang", "ma", "chen")]
    answers = all_at_once(lambda: centre.cancel(registration) for _ in range(8))
    assert sum(isinstance(answer, RegistrationNotCancellable) for answer in answers) == 7
    assert [centre.look_up(waiting)["state"] for waiting in queue] == ["confirmed", "confirmed", "waitlisted"]
    check_session(centre, session_id)


def test_who_registers_while_it_is_called_off_holds_nothing(centre: Centre) -> None:
    """And nobody waits in a circle: calling off locks the club event first, registering never does."""
    club_event = centre.publish(sitting(capacity=5), sitting(capacity=5))
    sessions = [session["id"] for session in club_event["sessions"]]
    off = {"club_event_id": club_event["id"], "reason": "下雨"}
    answers = all_at_once(
        [
            *(lambda n=n: centre.register(f"r{n}", sessions[n % 2]) for n in range(AT_ONCE)),
            lambda: centre.ask(ORGANISER, "cancel_club_event", **off),
        ]
    )
    assert all(isinstance(answer, dict | NotPublished) for answer in answers)
    assert centre.rows("SELECT id FROM registration WHERE state <> 'cancelled'") == []
    assert {(centre.session(session)["taken"], centre.session(session)["waiting"]) for session in sessions} == {(0, 0)}
    for session in sessions:
        check_messages(centre, session)


def test_who_cancels_while_others_move_up_sees_what_happened_meanwhile(centre: Centre) -> None:
    """li waits; wang's cancellation promotes li; li's own cancellation, begun before, must free the seat li now holds."""
    session_id = centre.session_of(capacity=1)
    wang, li = centre.register("wang", session_id), centre.register("li", session_id)
    with ThreadPoolExecutor(1) as pool:
        with transaction(centre.engine) as session:
            centre.within(session, resident("wang"), "cancel_registration", registration_id=wang["id"])
            cancelling = pool.submit(centre.cancel, li, resident("li"))
            _until_somebody_waits_for_a_lock(centre)
        assert cancelling.result()["state"] == "cancelled"
    assert centre.session(session_id)["taken"] == 0
    assert centre.published(li["id"])[1:] == [("registration.promoted.v1", 2), ("registration.cancelled.v1", 3)]


def test_a_seat_whose_transaction_fails_goes_to_the_next(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    with ThreadPoolExecutor(1) as pool:
        with centre.engine.connect() as connection, connection.begin() as uncommitted:
            connection.execute(text("UPDATE club_session SET taken = 1 WHERE id = :id"), {"id": session_id})
            registering = pool.submit(centre.register, "wang", session_id)
            _until_somebody_waits_for_a_lock(centre)
            uncommitted.rollback()
        assert registering.result()["state"] == "confirmed"


def test_a_session_that_a_revision_replaces_meanwhile_is_not_resized(centre: Centre) -> None:
    drafted = centre.draft()
    session_id = drafted["sessions"][0]["id"]
    with ThreadPoolExecutor(1) as pool:
        with transaction(centre.engine) as revising:
            change = {"club_event_id": drafted["id"], "sessions": [sitting(capacity=5)]}
            centre.within(revising, ORGANISER, "revise_club_event", **change)
            resizing = pool.submit(centre.ask, ORGANISER, "change_capacity", session_id=session_id, capacity=9)
            _until_somebody_waits_for_a_lock(centre)
        with pytest.raises(NotFound):
            resizing.result()
    assert [row["capacity"] for row in centre.rows("SELECT capacity FROM club_session")] == [5]


def test_registering_counts_no_registrations_and_takes_two_statements(centre: Centre) -> None:
    session_id = centre.session_of(capacity=1)
    statements: list[str] = []
    event.listen(centre.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for name in ("wang", "li"):
        statements.clear()
        centre.register(name, session_id)
        assert len(statements) == 2, statements  # the claim; the message with its NOTIFY
        assert not any("count(" in statement.lower() for statement in statements)


def _until_somebody_waits_for_a_lock(centre: Centre) -> None:
    waits = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    eventually(lambda: centre.rows(waits))
