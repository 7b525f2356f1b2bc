"""What is remembered of sessions is never older than it says, and gone with the first word of a change."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.rpc.identity import Identity
from gateway.accounts.sessions import KnownSession
from gateway.http.known_sessions import MAX_AGE, MOST, KnownSessions

WANG = KnownSession(uuid4(), Identity("wang", "resident"), datetime.now(UTC), timedelta(days=30))


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> KnownSessions:
    memory = KnownSessions(clock)
    memory.forget_as_listener()
    return memory


def keep(memory: KnownSessions, token_hash: bytes = b"t") -> None:
    memory.keep(token_hash, WANG, memory.begin())


def test_what_was_looked_up_is_known(memory: KnownSessions, clock: Clock) -> None:
    keep(memory)
    clock.seconds += MAX_AGE - 0.1
    assert memory.find(b"t") is WANG
    assert memory.find(b"u") is None
    clock.seconds += 0.1
    assert memory.find(b"t") is None


def test_a_change_forgets_everything(memory: KnownSessions) -> None:
    keep(memory)
    memory.forget()
    assert memory.find(b"t") is None


def test_what_was_read_before_a_change_is_not_kept_after_it(memory: KnownSessions) -> None:
    begun = memory.begin()
    memory.forget()
    memory.keep(b"t", WANG, begun)
    assert memory.find(b"t") is None


def test_nothing_is_kept_unless_changes_are_listened_for(memory: KnownSessions, clock: Clock) -> None:
    deaf = KnownSessions(clock)
    keep(deaf)
    assert deaf.find(b"t") is None
    clock.seconds += 2 * MAX_AGE + 1  # the listener should have come by twice
    keep(memory)
    assert memory.find(b"t") is None


def test_memory_is_bounded(memory: KnownSessions) -> None:
    for number in range(MOST + 10):
        keep(memory, str(number).encode())
    assert len(memory._kept) == MOST
    assert memory.find(b"10") is WANG, "the longest unused were dropped, not all"
    assert memory.find(str(MOST + 9).encode()) is WANG
