"""`account.moved.v1`: what the gateway says when a resident has moved, and booking reads."""

from datetime import UTC, datetime
from uuid import UUID

from gateway.accounts.messages import moved
from gateway.accounts.models import Account
from gateway.directory.messages import CONTRACTS
from services.booking.lotteries.homes import MovedRead


def test_what_is_built_keeps_the_contract_and_is_read() -> None:
    at = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
    message = moved(Account(id=UUID(int=1), party="resident", community_id="yuxin", version=2), at)
    message.contract.check(message.data)
    assert MovedRead().load(message.data) == {"account_id": UUID(int=1), "community_id": "yuxin", "moved_at": at}


def test_the_examples_are_read() -> None:
    for example in CONTRACTS["account.moved.v1"].examples:
        assert MovedRead().load(example)["community_id"] == example["community_id"]
