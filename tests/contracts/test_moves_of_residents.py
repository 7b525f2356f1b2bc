"""`account.moved.v1`: what the gateway says when a resident has moved, and booking reads."""

from gateway.directory.messages import CONTRACTS
from services.booking.lotteries.homes import MovedRead


def test_the_examples_are_read() -> None:
    for example in CONTRACTS["account.moved.v1"].examples:
        assert MovedRead().load(example)["community_id"] == example["community_id"]
