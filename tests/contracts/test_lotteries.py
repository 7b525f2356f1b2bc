"""What booking publishes about lotteries keeps its contracts, and notify reads every example."""

from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.messaging.contracts import Contract, ContractBroken
from services.booking.bookings.messages import CONTRACTS
from services.booking.calendar.models import LotteryTime
from services.booking.lotteries.drawing import Outcome
from services.booking.lotteries.messages import cancelled_message, entered_message, result_message
from services.booking.lotteries.models import Lottery, LotteryEntry
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

CONTRACT_LIST = [contract for contract in CONTRACTS if contract.type.startswith("booking.lottery_")]


def lottery_and_entry() -> tuple[Lottery, LotteryEntry]:
    lottery = Lottery(community_id="liuyi", title={"zh-CN": "周末晚上"}, section="neighbour", state="closed")
    lottery.times = []
    about = {"community_id": "liuyi", "lottery_id": lottery.id, "resident_id": uuid4(), "state": "entered", "number": 7}
    return lottery, LotteryEntry(**about, attendees=2, wishes=[1, 2])


def test_what_is_built_fits_its_schema_and_carries_nothing_that_people_wrote() -> None:
    lottery, entry = lottery_and_entry()
    booking = example_booking(example_space(), local(MONDAY, "18:00"), local(MONDAY, "19:00"))
    booking.purpose = "给母亲过生日"
    lottery.draws_at = NOW
    lottery.times = [
        LotteryTime(number=number, space=booking.space, space_id=booking.space_id, starts_at=NOW, ends_at=NOW)
        for number in (1, 2)
    ]
    entered = entered_message(lottery, entry, NOW)
    entry.settle([Outcome(1, "won", 1), Outcome(2, "enough")], NOW)
    built = [entered, result_message(lottery, entry, [booking], [], NOW)]
    lottery.cancel("few_entries", "给母亲过生日", NOW + timedelta(hours=1), by=uuid4())
    other = lottery_and_entry()[1]
    other.void(NOW)
    built.append(cancelled_message(lottery, other, NOW))
    for message in built:
        message.contract.check(message.data)
        assert "给母亲过生日" not in str(message.data)
    assert {message.type for message in built} == {contract.type for contract in CONTRACT_LIST}
    assert [message.version for message in built] == [1, 2, 2]


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_are_read_by_notify_and_have_no_field_too_few(contract: Contract) -> None:
    assert all(about["description"] for about in contract.schema["properties"].values())
    for example in contract.examples:
        contract.check(example)
        assert BOOKING_READERS[contract.type]().load(example)["title"]
        for name in example:
            with pytest.raises(ContractBroken, match=name):
                contract.check({key: value for key, value in example.items() if key != name})
