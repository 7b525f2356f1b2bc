"""What booking publishes about questions keeps its contracts, and notify reads every example."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.messaging.contracts import Contract, ContractBroken
from services.booking.bookings.messages import CONTRACTS, booking_message
from services.booking.questions.messages import asked_message, settled_message
from services.booking.questions.models import DateQuestion
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

CONTRACT_LIST = [contract for contract in CONTRACTS if contract.type.startswith("booking.need_")]


def test_what_is_built_fits_its_schema_and_carries_nothing_that_people_wrote() -> None:
    booking = example_booking(example_space(), local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    booking.series_id, booking.series_day, booking.purpose = uuid4(), MONDAY, "给母亲过生日"
    question = DateQuestion.about(booking, NOW)
    built = [asked_message(question, NOW)]
    question.settle("no_answer", NOW)
    booking.give_back(NOW, by="staff", unneeded="no_answer")
    built.append(settled_message(question, NOW))
    facts: dict[str, Any] = {"cancelled_by": "staff", "unneeded": "no_answer"}
    built.append(booking_message("booking.cancelled.v1", booking, NOW, **facts))
    for message in built:
        message.contract.check(message.data)
        assert "给母亲过生日" not in str(message.data)
    assert {message.type for message in built} >= {contract.type for contract in CONTRACT_LIST}
    assert [message.version for message in built] == [1, 2, 2]
    assert question.answer_by == booking.starts_at - timedelta(hours=24)


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_are_read_by_notify_and_have_no_field_too_few(contract: Contract) -> None:
    assert all(about["description"] for about in contract.schema["properties"].values())
    for example in contract.examples:
        contract.check(example)
        assert BOOKING_READERS[contract.type]().load(example)["answer_by"]
        for name in example:
            with pytest.raises(ContractBroken, match=name):
                contract.check({key: value for key, value in example.items() if key != name})
    for broken in ({"phone": "19900000001"}, {"starts_at": "tomorrow"}):
        with pytest.raises(ContractBroken):
            contract.check(contract.examples[0] | broken)
