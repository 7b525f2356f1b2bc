import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.embedded.routing import Binding, Exchange, matches


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("booking.confirmed.v1", "booking.confirmed.v1", True),
        ("booking.confirmed.v1", "booking.confirmed.v2", False),
        ("booking.*", "booking.confirmed", True),
        ("booking.*", "booking.confirmed.v1", False),
        ("booking.*", "booking", False),
        ("booking.#", "booking", True),
        ("booking.#", "booking.confirmed.v1", True),
        ("#", "anything.at.all", True),
        ("#", "", True),
        ("*", "", True),
        ("#.v1", "case.closed.v1", True),
        ("#.v1", "v1", True),
        ("*.closed.#", "case.closed", True),
        ("*.closed.#", "case.opened.v1", False),
        ("a.#.b.#.c", "a.x.b.y.z.c", True),
        ("a.#.b.#.c", "a.x.y.c", False),
        ("book(ing).+", "book(ing).+", True),
        ("book.+", "book.xx", False),
    ],
)
def test_topic_patterns(pattern: str, key: str, expected: bool) -> None:
    assert matches(pattern, key) is expected


_words = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5)
_patterns = st.lists(st.sampled_from(["a", "b", "*", "#"]), min_size=1, max_size=5)


def _by_definition(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_by_definition(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _by_definition(pattern[1:], words[1:])


@given(_patterns, _words)
def test_topic_matching_is_what_amqp_defines(pattern: list[str], words: list[str]) -> None:
    assert matches(".".join(pattern), ".".join(words)) is _by_definition(pattern, words)


def test_direct_exchange_wants_the_very_key() -> None:
    exchange = Exchange("e", "direct")
    exchange.bind(Binding("a.*", "queue", True))
    assert list(exchange.matching("a.b")) == []
    assert [b.destination for b in exchange.matching("a.*")] == ["queue"]


def test_fanout_exchange_ignores_the_key() -> None:
    exchange = Exchange("e", "fanout")
    exchange.bind(Binding("", "queue", True))
    assert [b.destination for b in exchange.matching("whatever")] == ["queue"]


def test_unknown_exchange_type_is_refused() -> None:
    with pytest.raises(LookupError, match="headers"):
        Exchange("e", "headers")
