"""What booking publishes keeps its contracts, and the contracts explain themselves."""

from datetime import timedelta

import pytest

from chassis.messaging.contracts import Contract, ContractBroken, Message
from services.booking.bookings.messages import CONTRACTS, booking_message
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

TEN, ELEVEN = local(MONDAY, "10:00"), local(MONDAY, "11:00")
CONTRACT_LIST = list(CONTRACTS)
QUIET = {"booking.attendees_changed.v1"}  # nobody is notified of these


def built() -> list[Message]:
    """One message of every type, about one booking in the order in which things happen to it."""
    booking = example_booking(example_space(), TEN, ELEVEN)
    booking.purpose, confirmed = "给母亲过生日", booking_message("booking.confirmed.v1", booking, NOW)
    booking.move(TEN + timedelta(hours=1), ELEVEN + timedelta(hours=1))
    before = {"previous_starts_at": TEN, "previous_ends_at": ELEVEN}
    rescheduled = booking_message("booking.rescheduled.v1", booking, NOW, **before)
    numbers = {"attendees": booking.attendees + 1, "previous_attendees": booking.attendees}
    booking.change_attendees(booking.attendees + 1, NOW)
    changed = booking_message("booking.attendees_changed.v1", booking, NOW, **numbers)
    booking.cancel(NOW, by="resident", reason="下雨")
    return [confirmed, rescheduled, changed, booking_message("booking.cancelled.v1", booking, NOW, cancelled_by="resident")]


def test_what_is_built_fits_its_schema_and_every_contract_is_built() -> None:
    messages = built()
    for message in messages:
        message.contract.check(message.data)
    assert {message.type for message in messages} == {contract.type for contract in CONTRACT_LIST}
    assert [message.version for message in messages] == [1, 2, 3, 4]


def test_no_message_carries_what_people_wrote() -> None:
    for message in built():
        assert "给母亲过生日" not in str(message.data) and "下雨" not in str(message.data)


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_and_every_field_is_described(contract: Contract) -> None:
    assert contract.examples
    for example in contract.examples:
        contract.check(example)
    schema = contract.schema
    assert schema["title"] and schema["description"]
    told = {"evt-booking--notify.feed_booking.v1"}
    assert contract.queues == (told if contract.type in QUIET else told | {"evt-booking--notify.tell_of_booking.v1"})
    assert all(about["description"] for about in schema["properties"].values())


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
@pytest.mark.parametrize(
    "broken",
    [{"starts_at": "tomorrow"}, {"booking_id": "7"}, {"section": "garden"}, {"phone": "19900000001"}, {"space_name": "x"}],
)
def test_what_breaks_the_contract_is_told(contract: Contract, broken: dict[str, object]) -> None:
    with pytest.raises(ContractBroken, match=next(iter(broken))):
        contract.check(contract.examples[0] | broken)


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_every_field_is_required(contract: Contract) -> None:
    for name in contract.examples[0]:
        with pytest.raises(ContractBroken, match=name):
            contract.check({key: value for key, value in contract.examples[0].items() if key != name})
