"""The status machine of what leaves the platform."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.notifications.delivery_status import (
    JITTER,
    LEASE,
    RETRY_AFTER,
    SETTLED,
    STATES,
    TRANSITIONS,
    WrongState,
)
from services.notify.notifications.models import Notification

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STEPS: dict[str, Callable[[Notification], None]] = {
    "lease": lambda n: n.lease(NOW),
    "deliver": lambda n: n.deliver(NOW, "ref"),
    "retry": lambda n: n.try_again(NOW, "smtp_451", luck=0),
    "fail": lambda n: n.fail(NOW, "rejected", "smtp_550"),
    "lose": lambda n: n.lose(NOW, "lease_ran_out"),
    "cancel": lambda n: n.cancel(NOW, "expired"),
}


def queued(**columns: object) -> Notification:
    return Notification.to_send(NOW, channel="email", template="case_settled", sealed=b"...", **columns)


def in_state(state: str) -> Notification:
    notification = queued()
    ways = {
        "queued": (),
        "sending": ("lease",),
        "delivered": ("lease", "deliver"),
        "failed": ("lease", "fail"),
        "unknown": ("lease", "lose"),
        "cancelled": ("cancel",),
    }
    for step in ways[state]:
        STEPS[step](notification)
    assert notification.state == state
    return notification


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_only_the_steps_of_the_table_are_possible(state: str, step: str) -> None:
    notification = in_state(state)
    version = notification.version
    if step == "retry" and state == "unknown":
        # The late "not now" of an attempt that was given up as unknown: it is over, and not sent again.
        STEPS[step](notification)
        assert (notification.state, notification.reason) == ("failed", "gave_up")
    elif step in TRANSITIONS[state]:
        STEPS[step](notification)
        assert notification.state == TRANSITIONS[state][step]
        assert notification.version == version + 1
    else:
        with pytest.raises(WrongState):
            STEPS[step](notification)
        assert (notification.state, notification.version) == (state, version)


@pytest.mark.parametrize("state", sorted(SETTLED))
def test_what_was_sealed_is_gone_once_it_is_settled(state: str) -> None:
    notification = in_state(state)
    assert notification.sealed is None
    assert notification.lease_until is None and notification.next_attempt_at is None
    assert notification.settled_at == NOW


def test_a_lease_counts_the_attempt_and_ends() -> None:
    notification = in_state("sending")
    assert (notification.attempts, notification.lease_until) == (1, NOW + LEASE)


@given(luck=st.floats(0, 1, exclude_max=True), attempt=st.integers(1, len(RETRY_AFTER)))
def test_each_wait_is_the_schedules_stretched_by_up_to_a_quarter(luck: float, attempt: int) -> None:
    notification = in_state("sending")
    notification.attempts = attempt
    notification.try_again(NOW, "smtp_451", luck=luck)
    assert notification.state == "queued"
    assert notification.next_attempt_at is not None
    wait = notification.next_attempt_at - NOW
    assert RETRY_AFTER[attempt - 1] <= wait <= RETRY_AFTER[attempt - 1] * (1 + JITTER)


def test_after_the_last_attempt_it_has_failed() -> None:
    notification, now = queued(), NOW
    for _ in RETRY_AFTER:
        notification.lease(now)
        notification.try_again(now, "smtp_451", luck=0)
        assert notification.next_attempt_at is not None
        now = notification.next_attempt_at
    assert now - NOW == sum(RETRY_AFTER, timedelta())
    notification.lease(now)
    notification.try_again(now, "smtp_451", luck=0)
    assert (notification.state, notification.reason, notification.detail) == ("failed", "gave_up", "smtp_451")


def test_a_provider_that_asks_for_more_time_gets_it() -> None:
    notification = in_state("sending")
    notification.try_again(NOW, "busy", luck=0, at_least=timedelta(hours=2))
    assert notification.next_attempt_at == NOW + timedelta(hours=2)


def test_what_would_come_too_late_is_not_tried_again() -> None:
    notification = queued(expires_at=NOW + timedelta(seconds=4))
    notification.lease(NOW)
    notification.try_again(NOW, "smtp_451", luck=0)  # the first wait is 5 s
    assert (notification.state, notification.reason) == ("failed", "gave_up")


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_nothing_is_sent_after_it_is_settled(steps: list[str]) -> None:
    """Whatever happens in whatever order: once settled it is never leased again."""
    notification, settled_at_attempt = queued(), None
    for step in steps:
        try:
            STEPS[step](notification)
        except WrongState:
            continue
        if settled_at_attempt is not None:
            assert notification.attempts == settled_at_attempt
        if notification.state in SETTLED:
            settled_at_attempt = notification.attempts
