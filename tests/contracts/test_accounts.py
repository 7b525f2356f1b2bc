"""What the gateway promises to publish about accounts; the services can read all of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import ValidationError

from chassis.messaging.contracts import ContractBroken
from chassis.messaging.merging import AccountMergedRead
from gateway.accounts.merging.messages import CONTRACTS, account_merged
from gateway.accounts.models import Account

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTRACT = CONTRACTS["account.merged.v1"]


def account(**more: Any) -> Account:
    return Account(id=uuid4(), community_id="liuyi", created_at=START, **more)


def test_the_message_has_ids_only_and_carries_the_version_of_the_account_that_goes() -> None:
    goes, stays = account(version=3, disabled_at=START), account(version=7)
    message = account_merged(goes, stays, START.isoformat())
    message.contract.check(message.data)
    assert (message.aggregate_id, message.version, message.community_id) == (goes.id, 3, "liuyi")
    assert message.data == {"account_id": str(goes.id), "into": str(stays.id), "merged_at": START.isoformat()}


def test_the_services_read_every_example() -> None:
    for example in CONTRACT.examples:
        loaded: Any = AccountMergedRead().load(example | {"added_later": 1})
        assert set(loaded) == {"account_id", "into", "merged_at"}
        assert loaded["merged_at"].tzinfo is not None
    with pytest.raises(ValidationError):
        AccountMergedRead().load(CONTRACT.examples[0] | {"into": "x"})


@pytest.mark.parametrize("change", [{"into": "x"}, {"into": None}, {"merged_at": "yesterday"}, {"name": "李奶奶"}])
def test_the_contract_refuses_what_is_not_described(change: dict[str, Any]) -> None:
    with pytest.raises(ContractBroken):
        CONTRACT.check(CONTRACT.examples[0] | change)
