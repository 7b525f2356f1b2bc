"""What a system may read of the feed, by its rights."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.notify.interface.feed import Readable, matches

TYPES = ["case.closed.v1", "case.reported.v1", "booking.confirmed.v1", "club_event.published.v1"]
PATTERNS = ["case.*", "case.closed.v1", "booking.*", "club_event.*", "club.*"]
PLACES = ["liuyi", "yuxin", "zhongzhou"]
SCOPES = [
    "messages:read",
    *(f"messages:read:{one}" for one in PATTERNS),
    *(f"messages:read@{place}" for place in PLACES),
    *(f"messages:read:{one}@{place}" for one in PATTERNS for place in PLACES),
    "cases:read",
    "gateway",
]
EVERYTHING = list(product(TYPES, PLACES))


def system(*scopes: str, reach: Communities | None = DISTRICT) -> Identity:
    return Identity(party="system", system_id="…", scopes=frozenset(scopes), works_in=reach)


def meant(scope: str, type_: str, place: str) -> bool:
    """Whether the right `scope` names this message: the grammar read once more, by hand."""
    if not scope.startswith("messages:read"):
        return False
    rest, _, of = scope.removeprefix("messages:read").partition("@")
    return (not of or of == place) and (not rest or matches(type_, [rest.removeprefix(":")]))


@given(st.lists(st.sampled_from(SCOPES), max_size=5), st.none() | st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3))
def test_a_message_is_read_if_a_right_names_it_and_it_is_wanted(scopes: list[str], wanted: list[str] | None) -> None:
    reach = Communities.only("liuyi", "yuxin")
    expected = {
        (type_, place)
        for type_, place in EVERYTHING
        if place in reach and any(meant(scope, type_, place) for scope in scopes) and (wanted is None or matches(type_, wanted))
    }
    try:
        readable = Readable.by(system(*scopes, reach=reach), wanted)
    except Forbidden:
        for pattern in [None] if wanted is None else wanted:
            if not any(
                meant(scope, t, p) and (pattern is None or matches(t, [pattern])) for scope in scopes for t, p in EVERYTHING
            ):
                return
        # One pattern is refused although rights name types of it: those are of communities out of reach.
        assert any(scope.endswith("@zhongzhou") for scope in scopes)
        return
    assert {one for one in EVERYTHING if readable.has(*one)} == expected
    # What SQL selects contains all of it.
    for type_, place in expected:
        assert place in readable.communities
        assert readable.types is None or matches(type_, readable.types)


@pytest.mark.parametrize("scopes", [(), ("cases:read",), ("gateway",), ("messages:write",), ("messages:read@zhongzhou",)])
def test_without_a_right_there_is_nothing_to_read(scopes: tuple[str, ...]) -> None:
    with pytest.raises(Forbidden) as refused:
        Readable.by(system(*scopes, reach=Communities.only("liuyi")))
    assert refused.value.details == {"needs": ["messages:read"]}


def test_what_is_asked_for_and_cannot_be_read_is_refused() -> None:
    """An empty stream would look like a quiet district."""
    with pytest.raises(Forbidden) as refused:
        Readable.by(system("messages:read:case.*"), ["case.closed.v1", "booking.*"])
    assert refused.value.details == {"needs": ["messages:read:booking.*"]}


def test_one_right_is_selected_exactly() -> None:
    """So no page is thinned out after SQL has made it."""
    readable = Readable.by(system("messages:read:case.*@liuyi"), ["case.closed.v1", "case.reported.v1"])
    assert readable.types == ["case.closed.v1", "case.reported.v1"] and readable.communities == Communities.only("liuyi")


def test_a_gateway_of_an_earlier_release_reads_everything() -> None:
    readable = Readable.by(Identity(party="system", scopes=frozenset({"messages:read"})))
    assert (readable.types, readable.communities) == (None, DISTRICT)
