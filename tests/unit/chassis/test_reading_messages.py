"""What cannot be a message of ours is unreadable, and is parked; it is not tried again and again."""

from typing import Any
from uuid import UUID

import pytest

from chassis.messaging.received import LONGEST_NAME, Unreadable, read

HEADERS: dict[str, Any] = {
    "ce-id": "0192f3a4-5b6c-7d8e-9f01-23456789abcd",
    "ce-type": "booking.confirmed.v1",
    "ce-source": "booking",
    "ce-subject": "0192f3a4-5b6c-7d8e-9f01-000000000000",
    "ce-sequence": "0000000007",
    "ce-communityid": "liuyi",
    "ce-time": "2026-03-02T09:00:00+08:00",
}


def test_a_message_is_read() -> None:
    message = read(HEADERS, b'{"a": 1}', None)
    assert (message.event_id, message.version, message.data) == (UUID(HEADERS["ce-id"]), 7, {"a": 1})
    assert message.occurred_at.isoformat() == HEADERS["ce-time"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce-subject", "x" * (LONGEST_NAME + 1)),
        ("ce-subject", "a\x00b"),
        ("ce-communityid", "x" * 5_000),
        ("ce-time", "2026-03-02T09:00:00"),
        ("ce-time", "yesterday"),
        ("ce-sequence", "first"),
        ("ce-id", "7"),
    ],
)
def test_what_no_message_of_ours_has_is_unreadable(header: str, value: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(HEADERS | {header: value}, b"{}", None)
    assert len(str(raised.value)) < 2 * LONGEST_NAME


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_missing_is_named(header: str) -> None:
    with pytest.raises(Unreadable, match=header):
        read({name: value for name, value in HEADERS.items() if name != header}, b"{}", None)
