"""Public reads are kept for a while, as many as there is room for, until their tag is cleared."""

import pytest

from chassis.rpc.communities import DISTRICT, Communities
from gateway.calls.cache import Basis, PublicCache

LIUYI, YUXIN = Communities.only("liuyi"), Communities.only("yuxin")


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def kept(cache: PublicCache, key: str, tag: str = "clubs", communities: Communities = LIUYI) -> None:
    cache.put(key, {"key": key}, Basis(tag, communities, cache.clearings()), asked_at=cache.now())


def held(cache: PublicCache, keys: str) -> list[str]:
    return [key for key in keys if cache.get(key) is not None]


def test_an_answer_is_good_for_its_time(clock: Clock) -> None:
    cache = PublicCache(max_age=30.0, clock=clock)
    kept(cache, "a")
    clock.seconds += 29.9
    assert held(cache, "a") == ["a"]
    assert cache.get("b") is None
    clock.seconds += 0.1
    assert cache.get("a") is None


def test_its_time_begins_when_it_was_asked_for(clock: Clock) -> None:
    cache = PublicCache(max_age=30.0, clock=clock)
    asked_at = cache.now()
    clock.seconds += 4  # the service was slow
    cache.put("a", {"key": "a"}, Basis("clubs", LIUYI, 0), asked_at=asked_at)
    clock.seconds += 26
    assert cache.get("a") is None


def test_the_least_recently_used_goes_first() -> None:
    cache = PublicCache(size=2 * len('{"key":"a"}'))
    kept(cache, "a")
    kept(cache, "b")
    cache.get("a")
    kept(cache, "c")
    assert held(cache, "abc") == ["a", "c"]
    assert len(cache) == 2


def test_a_cleared_tag_does_not_change_which_goes_first() -> None:
    cache = PublicCache(size=2 * len('{"key":"a"}'))
    kept(cache, "a")
    kept(cache, "b")
    cache.get("a")
    cache.clear(["spaces"])
    kept(cache, "c")
    assert held(cache, "abc") == ["a", "c"]


def test_answers_are_weighed_not_counted() -> None:
    cache = PublicCache(size=1_000)
    cache.put("large", {"spans": "x" * 2_000}, Basis("clubs", LIUYI, 0), asked_at=cache.now())
    assert cache.get("large") is None
    for _ in range(2):
        cache.put("small", {"spans": "x" * 600}, Basis("clubs", LIUYI, 0), asked_at=cache.now())
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
    assert held(cache, "ab") == ["b"]


def test_after_a_tag_was_cleared_answers_are_kept_under_it_again() -> None:
    cache = PublicCache()
    kept(cache, "a")
    cache.clear(["clubs"])
    kept(cache, "a")
    assert held(cache, "a") == ["a"]


def test_what_was_asked_before_a_change_is_not_kept_after_it() -> None:
    cache = PublicCache()
    before = Basis("clubs", LIUYI, cache.clearings())
    cache.clear(["clubs"])
    cache.put("a", {"members": 3}, before, asked_at=cache.now())
    copy = cache.copy("a")
    assert cache.get("a") is None
    assert copy is not None and copy.answer == {"members": 3}, "nothing is left for readers of an unavailable service"


def test_a_slow_answer_does_not_replace_a_later_one(clock: Clock) -> None:
    cache = PublicCache(clock=clock)
    before, asked_at = Basis("clubs", LIUYI, cache.clearings()), cache.now()
    cache.clear(["clubs"])
    clock.seconds += 1
    kept(cache, "a")
    cache.put("a", {"members": 3}, before, asked_at=asked_at)
    assert held(cache, "a") == ["a"]


def test_a_change_of_another_tag_or_community_does_not_matter() -> None:
    cache = PublicCache()
    before = Basis("clubs", LIUYI, cache.clearings())
    cache.clear(["spaces"])
    cache.clear(["clubs"], "yuxin")
    cache.put("a", {}, before, asked_at=cache.now())
    assert cache.get("a") == ({}, before)


@pytest.mark.parametrize(("community_id", "left"), [("liuyi", "b"), ("yuxin", "a"), ("zhongzhou", "ab"), (None, "")])
def test_a_change_in_a_community_clears_what_is_about_it(community_id: str | None, left: str) -> None:
    """`a` is about liuyi, `b` about yuxin, `c` about both, `d` about the whole district."""
    cache = PublicCache()
    for key, communities in {"a": LIUYI, "b": YUXIN, "c": Communities.only("liuyi", "yuxin"), "d": DISTRICT}.items():
        kept(cache, key, communities=communities)
    cache.clear(["clubs"], community_id)
    expected = left + "c" if community_id == "zhongzhou" else left
    assert held(cache, "abcd") == list(expected)
