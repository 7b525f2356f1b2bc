"""What a search compares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cases.cases.search import number_prefix, pairs


def test_pairs_are_neighbours_within_a_run() -> None:
    assert set(pairs("路灯不亮，3楼")) == {"路灯", "灯不", "不亮", "3楼"}


def test_case_and_width_do_not_matter() -> None:
    assert pairs("ＬＥＤ灯") == pairs("led灯")


def test_several_texts_do_not_run_into_each_other() -> None:
    assert set(pairs("路灯", None, "街口")) == {"路灯", "街口"}


@pytest.mark.parametrize("text", ["", "灯", "!? ，", "a b c", None])
def test_nothing_to_pair(text: str | None) -> None:
    assert pairs(text) == []


@given(st.text(alphabet="路灯不亮楼，。 Led3Ａ１", min_size=2, max_size=60), st.data())
def test_every_part_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 2))
    end = data.draw(st.integers(start + 2, len(text)))
    assert set(pairs(text[start:end])) <= set(pairs(text))


@pytest.mark.parametrize(
    ("query", "prefix"),
    [
        ("ly-20261122-0007", "LY-20261122-0007"),
        (" LY-2026 ", "LY-2026"),
        ("LY", "LY"),
        ("LY-20261122-", "LY-20261122-"),
        ("路灯", None),
        ("2026", None),
        ("LY%", None),
        ("LY-x", None),
    ],
)
def test_number_prefixes(query: str, prefix: str | None) -> None:
    assert number_prefix(query) == prefix
