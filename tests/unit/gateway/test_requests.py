"""What is read from a request before anything else: its language, its id."""

from typing import get_args

import pytest

from chassis.rpc.refusal import Kind
from gateway.http.correlation import chosen_id
from gateway.http.language import choose
from gateway.http.problems import STATUS_OF_KIND


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, [], "zh-CN"),
        (None, ["en-US", "zh"], "en"),
        (None, ["fr", "EN"], "en"),
        (None, ["zh-Hant-TW", "en"], "zh-CN"),
        ("en", ["zh-CN"], "en"),
        ("zh-CN", ["en"], "zh-CN"),
        ("xx", ["en"], "en"),
    ],
)
def test_language(cookie: str | None, accepted: list[str], language: str) -> None:
    assert choose(cookie, accepted) == language


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("request_id", "traceparent", "chosen"),
    [
        ("order-2026", None, "order-2026"),
        (None, f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        ("order-2026", f"00-{TRACE}-00f067aa0ba902b7-01", "order-2026"),
        ("short", f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        ("with space", None, None),
        ("line\nbreak-and-more", None, None),
        ("x" * 65, None, None),
        ("订单订单订单订单", None, None),
        (None, f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (None, f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (None, None, None),
    ],
)
def test_id_of_the_request(request_id: str | None, traceparent: str | None, chosen: str | None) -> None:
    assert chosen_id(request_id, traceparent) == chosen


def test_every_kind_of_refusal_has_a_status() -> None:
    assert set(STATUS_OF_KIND) == set(get_args(Kind))
    assert len(set(STATUS_OF_KIND.values())) == len(STATUS_OF_KIND)
