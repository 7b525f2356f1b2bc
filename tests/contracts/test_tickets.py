"""What booking publishes about tickets keeps its contracts, and notify reads every example."""

import pytest

from chassis.messaging.contracts import Contract, ContractBroken
from services.booking.bookings.messages import CONTRACTS
from services.booking.counters.messages import ticket_message
from services.booking.counters.models import Ticket, TicketQueue
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

CONTRACT_LIST = [contract for contract in CONTRACTS if contract.type.startswith("booking.ticket_")]
FACTS = {"booking.ticket_near.v1": {"ahead": 2}, "booking.ticket_lapsed.v1": {"day": MONDAY.isoformat()}}
SOMEBODY = example_booking(example_space(), local(MONDAY, "10:00"), local(MONDAY, "11:00")).resident_id


def example() -> tuple[Ticket, TicketQueue]:
    queue = TicketQueue(community_id="liuyi", name={"zh-CN": "上牌", "en": "Plates"})
    about = {"community_id": "liuyi", "queue_id": queue.id, "day": MONDAY, "resident_id": SOMEBODY, "secret": "s" * 22}
    return Ticket(letter="A", number=12, **about), queue


def test_each_type_is_built_here() -> None:
    assert {contract.type for contract in CONTRACT_LIST} == FACTS.keys()


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda one: one.type)
def test_what_is_built_keeps_the_contract_and_is_read(contract: Contract) -> None:
    ticket, queue = example()
    message = ticket_message(contract.type, ticket, queue, NOW, **FACTS[contract.type])
    contract.check(message.data)
    assert message.data["ticket"] == "A012" and ticket.secret not in str(message.data)
    for data in (message.data, *contract.examples):
        assert BOOKING_READERS[contract.type]().load(data)["ticket"] == "A012"
    with pytest.raises(ContractBroken):
        contract.check({**message.data, "secret": ticket.secret})
