"""What finds a resident: parts of the name, and the end of a phone number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.accounts.search_terms import terms_of, terms_wanted

WANG = set(terms_of("王秀英", ["+8619900000001"]))


FINDING = ["王", "英", "王秀", "秀英", "王秀英", " 王秀英 ", "王 英", "0001", "199 0000 0001", "+86 19900000001"]


@pytest.mark.parametrize("query", FINDING)
def test_found(query: str) -> None:
    assert terms_wanted(query) and set(terms_wanted(query)) <= WANG


@pytest.mark.parametrize("query", ["李", "英秀", "王英", "0002", "1990000000", "王 0002"])
def test_not_found(query: str) -> None:
    assert terms_wanted(query) and not set(terms_wanted(query)) <= WANG


@pytest.mark.parametrize("query", ["", "  ", "001", "+", "-", "。！", "\u3000"])
def test_asks_for_nobody(query: str) -> None:
    assert terms_wanted(query) == []


def test_name_and_phone_together() -> None:
    assert set(terms_wanted("王 0001")) <= WANG


def test_full_width_and_case_are_the_same() -> None:
    assert set(terms_wanted("ＬＩ ming")) <= set(terms_of("Li Ming", []))
    assert set(terms_wanted("０００１")) <= WANG


def test_a_name_that_looks_like_a_phone_is_no_phone() -> None:
    assert not set(terms_wanted("0001")) & set(terms_of("0001号", []))


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=40), st.data())
def test_every_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert set(terms_wanted(name[start:end])) <= set(terms_of(name, []))
