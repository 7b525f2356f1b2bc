"""What booking publishes about series keeps its contracts, and notify reads every example."""

from datetime import time

import pytest

from chassis.messaging.contracts import Contract, ContractBroken, Message
from services.booking.bookings.messages import CONTRACTS
from services.booking.interface.booking_words import STAFF_REASONS
from services.booking.series.messages import date_message, series_message
from services.booking.series.models import Series
from services.notify.routing.messages import BOOKING_READERS
from tests.unit.booking.spaces import MONDAY, NOW, example_booking, example_space, local

CONTRACT_LIST = [contract for contract in CONTRACTS if contract.type.startswith("booking.series_")]
SPACE = example_space()
DATE = example_booking(SPACE, local(MONDAY, "10:00"), local(MONDAY, "11:00"))


def example_series() -> Series:
    return Series(
        community_id="liuyi",
        space_id=SPACE.id,
        space=SPACE,
        resident_id=DATE.resident_id,
        booked_by=DATE.resident_id,
        rrule="FREQ=DAILY;COUNT=1",
        except_days=[],
        starts_on=MONDAY,
        ends_on=MONDAY,
        starts_at=time(10),
        minutes=60,
        attendees=2,
        purpose="给母亲过生日",
        created_at=NOW,
    )


def built() -> list[Message]:
    series, why = example_series(), STAFF_REASONS.labels["weather"]
    return [
        series_message("booking.series_booked.v1", series, [DATE], NOW, refused=0),
        series_message("booking.series_requested.v1", series, [DATE], NOW, refused=0, answer_by=NOW),
        series_message("booking.series_accepted.v1", series, [DATE], NOW, kept=1),
        series_message("booking.series_declined.v1", series, [DATE], NOW, reason="rules", reason_words=why),
        series_message("booking.series_changed.v1", series, [DATE], NOW, kept=1, moved_by="staff", staff_reason=why),
        series_message("booking.series_cancelled.v1", series, [DATE], NOW, cancelled_by="resident"),
    ]


def test_what_is_built_fits_its_schema_and_carries_nothing_that_people_wrote() -> None:
    for message in built():
        message.contract.check(message.data)
        assert "给母亲过生日" not in str(message.data)
    assert {message.type for message in built()} == {contract.type for contract in CONTRACT_LIST}


@pytest.mark.parametrize("contract", CONTRACT_LIST, ids=lambda contract: contract.type)
def test_examples_fit_are_read_by_notify_and_have_no_field_too_few(contract: Contract) -> None:
    assert all(about["description"] for about in contract.schema["properties"].values())
    for example in contract.examples:
        contract.check(example)
        assert BOOKING_READERS[contract.type]().load(example)["series_id"]
        for name in example:
            with pytest.raises(ContractBroken, match=name):
                contract.check({key: value for key, value in example.items() if key != name})
    for broken in ({"phone": "19900000001"}, {"dates": 0}, {"starts_at": "tomorrow"}):
        with pytest.raises(ContractBroken):
            contract.check(contract.examples[0] | broken)


def test_a_date_of_a_series_says_so() -> None:
    date = example_booking(SPACE, local(MONDAY, "10:00"), local(MONDAY, "11:00"))
    date.series_id, date.series_day = example_series().id, MONDAY
    message = date_message("booking.confirmed.v1", date, NOW)
    message.contract.check(message.data)
    assert (message.data["series_id"], message.data["told_by_series"]) == (str(date.series_id), True)
    assert BOOKING_READERS["booking.confirmed.v1"]().load(message.data)["told_by_series"] is True
