"""Public reads are kept for a while, as many as there is room for, until their tag is cleared."""

from gateway.calls.cache import PublicCache


def kept(cache: PublicCache, key: str, tag: str = "clubs", now: float = 0.0) -> None:
    cache.put(key, {"key": key}, tag=tag, asked_at=cache.change_count(tag), now=now)


def test_an_answer_is_good_for_its_time() -> None:
    cache = PublicCache(max_age=30.0)
    kept(cache, "a", now=100.0)
    assert cache.get("a", 129.9) == {"key": "a"}
    assert cache.get("a", 130.0) is None
    assert cache.get("b", 100.0) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = PublicCache(size=2 * len('{"key":"a"}'))
    kept(cache, "a")
    kept(cache, "b")
    cache.get("a", 1.0)
    kept(cache, "c")
    assert [key for key in "abc" if cache.get(key, 1.0)] == ["a", "c"]
    assert len(cache) == 2


def test_answers_are_weighed_not_counted() -> None:
    cache = PublicCache(size=1_000)
    cache.put("large", {"spans": "x" * 2_000}, tag="clubs", asked_at=0, now=0.0)
    assert cache.get("large", 0.0) is None
    for _ in range(2):
        cache.put("small", {"spans": "x" * 600}, tag="clubs", asked_at=0, now=0.0)
    assert cache.get("small", 0.0) is not None, "counted twice"


def test_what_is_too_old_makes_room() -> None:
    cache = PublicCache(max_age=30.0)
    kept(cache, "a", now=0.0)
    kept(cache, "b", now=31.0)
    assert len(cache) == 1


def test_clearing_a_tag_leaves_the_others() -> None:
    cache = PublicCache()
    kept(cache, "a", "clubs")
    kept(cache, "b", "spaces")
    cache.clear(["clubs", "availability"])
    assert [key for key in "ab" if cache.get(key, 1.0)] == ["b"]


def test_what_was_asked_before_a_change_is_not_kept_after_it() -> None:
    cache = PublicCache()
    asked_at = cache.change_count("clubs")
    cache.clear(["clubs"])
    cache.put("a", {"members": 3}, tag="clubs", asked_at=asked_at, now=0.0)
    assert cache.get("a", 0.0) is None


def test_a_change_of_another_tag_does_not_matter() -> None:
    cache = PublicCache()
    asked_at = cache.change_count("clubs")
    cache.clear(["spaces"])
    cache.put("a", {}, tag="clubs", asked_at=asked_at, now=0.0)
    assert cache.get("a", 0.0) == {}
