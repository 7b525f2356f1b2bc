"""Public reads are kept for a while, as many as there is room for, until their tag is cleared."""

import pytest

from gateway.calls.cache import PublicCache


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def kept(cache: PublicCache, key: str, tag: str = "clubs") -> None:
    cache.put(key, {"key": key}, tag=tag, changes=cache.change_count(tag), asked_at=cache.now())


def test_an_answer_is_good_for_its_time(clock: Clock) -> None:
    cache = PublicCache(max_age=30.0, clock=clock)
    kept(cache, "a")
    clock.seconds += 29.9
    assert cache.get("a") == {"key": "a"}
    assert cache.get("b") is None
    clock.seconds += 0.1
    assert cache.get("a") is None


def test_its_time_begins_when_it_was_asked_for(clock: Clock) -> None:
    cache = PublicCache(max_age=30.0, clock=clock)
    asked_at = cache.now()
    clock.seconds += 4  # the service was slow
    cache.put("a", {"key": "a"}, tag="clubs", changes=0, asked_at=asked_at)
    clock.seconds += 26
    assert cache.get("a") is None


def test_the_least_recently_used_goes_first() -> None:
    cache = PublicCache(size=2 * len('{"key":"a"}'))
    kept(cache, "a")
    kept(cache, "b")
    cache.get("a")
    kept(cache, "c")
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]
    assert len(cache) == 2


def test_a_cleared_tag_does_not_change_which_goes_first() -> None:
    cache = PublicCache(size=2 * len('{"key":"a"}'))
    kept(cache, "a")
    kept(cache, "b")
    cache.get("a")
    cache.clear(["spaces"])
    kept(cache, "c")
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]


def test_answers_are_weighed_not_counted() -> None:
    cache = PublicCache(size=1_000)
    cache.put("large", {"spans": "x" * 2_000}, tag="clubs", changes=0, asked_at=cache.now())
    assert cache.get("large") is None
    for _ in range(2):
        cache.put("small", {"spans": "x" * 600}, tag="clubs", changes=0, asked_at=cache.now())
    assert cache.get("small") is not None, "counted twice"


def test_what_is_too_old_makes_room(clock: Clock) -> None:
    cache = PublicCache(kept=3600.0, clock=clock)
    kept(cache, "a")
    clock.seconds += 3601
    kept(cache, "b")
    assert len(cache) == 1


def test_an_invalid_answer_is_a_copy_for_an_hour(clock: Clock) -> None:
    cache = PublicCache(max_age=30.0, clock=clock)
    kept(cache, "a")
    cache.clear(["clubs"])
    clock.seconds += 3599
    copy = cache.copy("a")
    assert cache.get("a") is None
    assert copy is not None and (copy.answer, copy.age) == ({"key": "a"}, 3599)
    clock.seconds += 1
    assert cache.copy("a") is None


def test_clearing_a_tag_leaves_the_others() -> None:
    cache = PublicCache()
    kept(cache, "a", "clubs")
    kept(cache, "b", "spaces")
    cache.clear(["clubs", "availability"])
    assert [key for key in "ab" if cache.get(key)] == ["b"]


def test_after_a_tag_was_cleared_answers_are_kept_under_it_again() -> None:
    cache = PublicCache()
    kept(cache, "a")
    cache.clear(["clubs"])
    kept(cache, "a")
    assert cache.get("a") == {"key": "a"}


def test_what_was_asked_before_a_change_is_not_kept_after_it() -> None:
    cache = PublicCache()
    changes = cache.change_count("clubs")
    cache.clear(["clubs"])
    cache.put("a", {"members": 3}, tag="clubs", changes=changes, asked_at=cache.now())
    assert cache.get("a") is None


def test_a_change_of_another_tag_does_not_matter() -> None:
    cache = PublicCache()
    changes = cache.change_count("clubs")
    cache.clear(["spaces"])
    cache.put("a", {}, tag="clubs", changes=changes, asked_at=cache.now())
    assert cache.get("a") == {}
