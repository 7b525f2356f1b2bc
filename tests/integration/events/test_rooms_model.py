"""Random lives of club events with rooms: whatever is done, and however messages are delayed, repeated or swapped, in the end
the ledger of booking has exactly what events believes, and nobody waits."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from chassis.database.engine import transaction
from chassis.rpc.refusal import Refusal
from tests.integration.events.conftest import NOW, Centre, sitting
from tests.integration.events.test_rooms import Saga

HOURS = st.integers(24, 34)
PLACES = st.sampled_from(["room", "hall", "outside"])


class Rooms(RuleBasedStateMachine):
    saga: Saga

    def __init__(self) -> None:
        super().__init__()
        self.saga.now = NOW
        for engine, tables in (
            (self.saga.centre.engine, "room_claim, registration, club_session, club_event"),
            (self.saga.mail.booking, "claimed_time, claim_request, claim, booking"),
        ):
            with transaction(engine) as session:
                session.execute(text(f"TRUNCATE {tables} CASCADE"))
        self.saga.mail.fetch()
        self.saga.mail.waiting.clear()
        self.saga.mail.delivered.clear()
        self.made: list[str] = []

    @rule(starts=st.lists(HOURS, min_size=1, max_size=3), in_hall=st.booleans())
    def publish(self, starts: list[int], in_hall: bool) -> None:
        space_id = self.saga.hall if in_hall else self.saga.room
        sittings = [sitting(timedelta(hours=hour), hours=1) for hour in starts]
        self.made.append(self.saga.publish(*sittings, space_id=space_id, answered=False)["id"])
        self.saga.mail.fetch()

    @precondition(lambda self: self.made)
    @rule(data=st.data(), hour=HOURS, place=PLACES)
    def move(self, data: st.DataObject, hour: int, place: str) -> None:
        session = self.some_session(data)
        starts_at = NOW + timedelta(hours=hour)
        where: dict[str, Any] = {"location": place}
        if place != "outside":
            where["space_id"] = str(getattr(self.saga, place))
        times = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=1)).isoformat()}
        self.attempt("move_session", session_id=session["id"], **times, **where)

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def cancel_session(self, data: st.DataObject) -> None:
        self.attempt("cancel_session", session_id=self.some_session(data)["id"], reason="x")

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.attempt("cancel_club_event", club_event_id=data.draw(st.sampled_from(self.made)), reason="x")

    @precondition(lambda self: self.made)
    @rule(data=st.data())
    def publish_again(self, data: st.DataObject) -> None:
        self.attempt("publish_club_event", club_event_id=data.draw(st.sampled_from(self.made)))

    @rule(hour=HOURS)
    def resident_books(self, hour: int) -> None:
        with suppress(Refusal):
            self.saga.book(timedelta(hours=hour), hours=1)

    @precondition(lambda self: self.saga.mail.waiting)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        self.saga.mail.deliver(data.draw(st.integers(0, len(self.saga.mail.waiting) - 1)))

    @precondition(lambda self: self.saga.mail.waiting)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        self.saga.mail.crash(data.draw(st.integers(0, len(self.saga.mail.waiting) - 1)))

    @precondition(lambda self: self.saga.mail.delivered)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        self.saga.mail.hand_over(data.draw(st.sampled_from(self.saga.mail.delivered)))
        self.saga.mail.fetch()

    @precondition(lambda self: self.saga.mail.waiting)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.saga.mail.waiting.pop(data.draw(st.integers(0, len(self.saga.mail.waiting) - 1)))

    @rule()
    def upkeep(self) -> None:
        self.saga.now += timedelta(minutes=6)
        self.saga.mail.upkeep()

    def some_session(self, data: st.DataObject) -> dict[str, Any]:
        club_event = self.saga.look({"id": data.draw(st.sampled_from(self.made))})
        found: dict[str, Any] = data.draw(st.sampled_from(club_event["sessions"]))
        return found

    def attempt(self, verb: str, **payload: Any) -> None:
        with suppress(Refusal):
            self.saga.ask(verb, **payload)
        self.saga.mail.fetch()

    def teardown(self) -> None:
        for _ in range(10):
            self.saga.mail.deliver_all()
            self.saga.now += timedelta(minutes=6)
            if not self.saga.mail.upkeep() and not self.saga.mail.waiting:
                break
        assert self.saga.mail.ledger() == self.saga.mail.believed()
        states = self.saga.centre.rows(
            "SELECT e.state, c.state AS claim, c.move FROM club_event e JOIN room_claim c ON c.club_event_id = e.id"
        )
        assert {row["state"] for row in states} <= {"draft", "published", "cancelled"}
        assert all(row["claim"] != "asked" and row["move"] is None for row in states)


def test_whatever_happens_ledger_and_events_agree(centre: Centre, database_of: Callable[[str], Engine]) -> None:
    class RoomsOfTheseDatabases(Rooms):
        pass

    RoomsOfTheseDatabases.saga = Saga(centre, database_of("booking"))
    run_state_machine_as_test(
        RoomsOfTheseDatabases,
        settings=settings(
            max_examples=12,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
