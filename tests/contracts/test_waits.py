"""What booking publishes about waiting keeps its contracts, and notify reads every example."""

from uuid import uuid4

import pytest

from chassis.messaging.contracts import Contract
from services.booking.bookings.messages import CONTRACTS
from services.booking.waits.messages import offered, unfulfilled
from services.booking.waits.models import Wait
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_space, local

CONTRACT_LIST = [contract for contract in CONTRACTS if contract.type.startswith("booking.wait_")]
SPACE = example_space()
START, END = local(MONDAY, "10:00"), local(MONDAY, "11:00")


def example_wait() -> Wait:
    return Wait(
        community_id="liuyi", space_id=SPACE.id, space=SPACE, space_ids=[SPACE.id], alike=False, resident_id=uuid4(),
        asked_by=uuid4(), starts_at=START, ends_at=END, earliest_at=START, latest_at=END, attendees=2, care=True,
        state="waiting", asked_at=NOW,
    )  # fmt: skip


def test_what_is_built_fits_its_schema_and_says_nothing_of_care() -> None:
    wait = example_wait()
    built = [offered(wait, wait.offer(SPACE, START, END, NOW, NOW), NOW), unfulfilled(wait, NOW, "passed")]
    for message in built:
        message.contract.check(message.data)
        assert "care" not in message.data
    assert {message.type for message in built} == {contract.type for contract in CONTRACT_LIST}


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_are_read_by_notify_and_have_no_field_too_few(contract: Contract) -> None:
    assert all(about["description"] for about in contract.schema["properties"].values())
    for example in contract.examples:
        contract.check(example)
        assert BOOKING_READERS[contract.type]().load(example)["wait_id"]
