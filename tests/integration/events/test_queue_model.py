"""Random lives of one session, step by step the same in PostgreSQL and in a model of ten lines."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from chassis.rpc.refusal import Refusal
from tests.integration.events.conftest import ORGANISER, Centre
from tests.integration.events.invariants import check_messages, check_session

NAMES = st.sampled_from([f"resident-{number}" for number in range(9)])


class Queue(RuleBasedStateMachine):
    """`seated` and `waiting` are what strict first come, first served must give."""

    centre: Centre

    @initialize(capacity=st.integers(1, 6))
    def publish(self, capacity: int) -> None:
        self.capacity = capacity
        self.session_id = self.centre.session_of(capacity)
        self.seated: dict[str, int] = {}
        self.waiting: dict[str, int] = {}  # in order of arrival
        self.registrations: dict[str, dict[str, Any]] = {}

    @rule(name=NAMES, seats=st.integers(1, 4))
    def register(self, name: str, seats: int) -> None:
        if name in self.registrations or seats > self.capacity:
            self.refused(lambda: self.centre.register(name, self.session_id, seats))
            return
        made = self.registrations[name] = self.centre.register(name, self.session_id, seats)
        self.waiting[name] = seats
        self.move_up()
        assert made["state"] == ("confirmed" if name in self.seated else "waitlisted")

    @precondition(lambda self: self.registrations)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.registrations)))
        self.centre.cancel(self.registrations.pop(name))
        self.seated.pop(name, None)
        self.waiting.pop(name, None)
        self.move_up()

    @rule(capacity=st.integers(1, 12))
    def change_capacity(self, capacity: int) -> None:
        def change() -> None:
            self.centre.ask(ORGANISER, "change_capacity", session_id=self.session_id, capacity=capacity)

        if capacity < max(sum(self.seated.values()), max(self.waiting.values(), default=0)):
            self.refused(change)
            return
        change()
        self.capacity = capacity
        self.move_up()

    def move_up(self) -> None:
        for name, seats in list(self.waiting.items()):
            if sum(self.seated.values()) + seats > self.capacity:
                return
            self.seated[name] = self.waiting.pop(name)

    def refused(self, call: Any) -> None:
        try:
            call()
        except Refusal:
            return
        raise AssertionError("was not refused")

    @invariant()
    def agrees(self) -> None:
        check_session(self.centre, self.session_id)
        ranks = {name: rank for rank, name in enumerate(self.waiting, start=1)}
        found = self.centre.ask(ORGANISER, "list_registrations", scope="desk", session_id=self.session_id, limit=100)["items"]
        now = {item["id"]: (item["state"], item["position"], item["seats"]) for item in found}
        for name, registration in self.registrations.items():
            state = "confirmed" if name in self.seated else "waitlisted"
            seats = self.seated.get(name) or self.waiting[name]
            assert now[registration["id"]] == (state, ranks.get(name), seats)

    def teardown(self) -> None:
        if hasattr(self, "session_id"):
            check_messages(self.centre, self.session_id)


def test_any_life_of_a_session_is_first_come_first_served(centre: Centre) -> None:
    class QueueOfThisDatabase(Queue):
        pass

    QueueOfThisDatabase.centre = centre
    run_state_machine_as_test(
        QueueOfThisDatabase,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
