"""What is remembered of sessions is never older than it says, and gone with the first word of a change."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.rpc.identity import Identity
from gateway.accounts.sessions import KnownSession
from gateway.http.session_cache import MAX_AGE, MOST, SessionCache

WANG = KnownSession(uuid4(), Identity("wang", "resident"), datetime.now(UTC), timedelta(days=30), datetime.now(UTC))


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> SessionCache:
    cache = SessionCache(clock)
    cache.clear_on_notification()
    return cache


def put(cache: SessionCache, token_hash: bytes = b"t") -> None:
    cache.put(token_hash, WANG, cache.change_count())


def test_what_was_looked_up_is_known(cache: SessionCache, clock: Clock) -> None:
    put(cache)
    clock.seconds += MAX_AGE - 0.1
    assert cache.find(b"t") is WANG
    assert cache.find(b"u") is None
    clock.seconds += 0.1
    assert cache.find(b"t") is None


def test_a_change_forgets_everything(cache: SessionCache) -> None:
    put(cache)
    cache.clear()
    assert cache.find(b"t") is None


def test_what_was_read_before_a_change_is_not_kept_after_it(cache: SessionCache) -> None:
    begun = cache.change_count()
    cache.clear()
    cache.put(b"t", WANG, begun)
    assert cache.find(b"t") is None


def test_nothing_is_kept_unless_changes_are_listened_for(cache: SessionCache, clock: Clock) -> None:
    deaf = SessionCache(clock)
    put(deaf)
    assert deaf.find(b"t") is None
    clock.seconds += 2 * MAX_AGE + 1  # the listener should have come by twice
    put(cache)
    assert cache.find(b"t") is None


def test_memory_is_bounded(cache: SessionCache) -> None:
    for number in range(MOST + 10):
        put(cache, str(number).encode())
    assert len(cache._kept) == MOST
    assert cache.find(b"10") is WANG, "the longest unused were dropped, not all"
    assert cache.find(str(MOST + 9).encode()) is WANG
