"""The grammar of rights: what is written is read again, and nothing else is a right."""

from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc import rights
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.rights import NotARight, NothingInCommon, Right
from services.notify.interface.feed import matches

WORDS = st.sampled_from(["cases", "bookings", "messages", "a", "club_events"])
VERBS = st.sampled_from(["read", "write"])
TYPES = st.sampled_from(
    ["case.*", "case.closed.v1", "case.closed.*", "booking.*", "booking.confirmed.v1", "club_event.*", "case"]
)
PLACES = st.sampled_from(["liuyi", "yuxin", "No.1_b-c"])
RIGHTS = st.builds(Right, WORDS, VERBS, st.none() | TYPES, st.none() | PLACES)
REAL_TYPES = ["case.closed.v1", "case.reported.v1", "booking.confirmed.v1", "club_event.published.v1", "case", "cases.x"]


@given(RIGHTS)
def test_a_right_is_read_as_it_is_written(right: Right) -> None:
    assert Right.parse(str(right)) == right


@given(st.text(alphabet=printable + "事*@:.", max_size=40))
def test_what_is_read_is_written_the_same(text: str) -> None:
    """So no two texts mean one right, and nothing is ignored."""
    try:
        right = Right.parse(text)
    except NotARight:
        return
    assert str(right) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gateway",
        "cases",
        "cases:",
        ":read",
        "cases:read ",
        " cases:read",
        "cases:read\n",
        "Cases:read",
        "cases:read@",
        "cases:read:",
        "cases:read:*",
        "cases:read:case*",
        "cases:read:case.*.v1",
        "cases:read@a@b",
        "cases:read@a:case.*",
        "cases:read@六一",
        "*:read",
        "cases:*",
        "cases:read:case.*@" + "a" * 65,
        "cases:read:" + "a" * 300,
    ],
)
def test_nothing_else_is_a_right(text: str) -> None:
    with pytest.raises(NotARight):
        Right.parse(text)


@given(RIGHTS, RIGHTS, RIGHTS)
def test_covering_is_an_order(one: Right, two: Right, three: Right) -> None:
    assert one.covers(one)
    if one.covers(two) and two.covers(three):
        assert one.covers(three)
    if one.covers(two) and two.covers(one):
        assert one == two


@given(RIGHTS, RIGHTS)
def test_what_is_covered_says_nothing_more(one: Right, two: Right) -> None:
    """Covering means: every type and community of the second is of the first."""
    everything = [(type_, place) for type_ in REAL_TYPES for place in ("liuyi", "yuxin", "No.1_b-c")]

    def meant(right: Right) -> set[tuple[str, str]]:
        return {
            (type_, place)
            for type_, place in everything
            if (right.types is None or matches(type_, [right.types])) and right.community in (None, place)
        }

    if one.covers(two):
        assert one.name == two.name and meant(two) <= meant(one)


@given(st.none() | TYPES, st.none() | TYPES)
def test_what_two_patterns_have_in_common(one: str | None, two: str | None) -> None:
    def of(pattern: str | None) -> set[str]:
        return {type_ for type_ in REAL_TYPES if pattern is None or matches(type_, [pattern])}

    try:
        common = rights.common_types(one, two)
    except NothingInCommon:
        assert not of(one) & of(two)
    else:
        assert of(common) == of(one) & of(two)


@given(st.lists(RIGHTS, max_size=8))
def test_simplifying_takes_nothing_away(held: list[Right]) -> None:
    simple = rights.simplified(held)
    assert rights.narrowed(held, simple) == held
    assert not any(one.covers(two) for one in simple for two in simple if one != two)


@given(st.lists(RIGHTS, max_size=8), st.lists(RIGHTS, max_size=8))
def test_a_token_never_has_more_than_the_system(wanted: list[Right], held: list[Right]) -> None:
    for right in rights.narrowed(wanted, held):
        assert right in wanted and any(one.covers(right) for one in held)


@pytest.mark.parametrize(
    ("held", "reach", "expected"),
    [
        ([], DISTRICT, Communities.only()),
        (["cases:read"], DISTRICT, DISTRICT),
        (["cases:read"], Communities.only("a", "b"), Communities.only("a", "b")),
        (["cases:read@a"], DISTRICT, Communities.only("a")),
        (["cases:read@a", "cases:read@c"], Communities.only("a", "b"), Communities.only("a")),
        (["cases:read@c"], Communities.only("a", "b"), Communities.only()),
    ],
)
def test_a_right_reaches_no_further_than_the_system(held: list[str], reach: Communities, expected: Communities) -> None:
    assert rights.reach_of(rights.parsed(held), reach) == expected


def test_the_scope_of_the_gateway_is_no_right() -> None:
    assert rights.parsed(["gateway", "cases:read"]) == [Right("cases", "read")]
