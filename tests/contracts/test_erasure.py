"""What is published about an erasure keeps its contracts, and everybody can read what they hear."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chassis.messaging.contracts import Contracts, Message
from chassis.messaging.erasure import ErasureRead, Kept, Outcome
from gateway.erasure import messages
from gateway.erasure.messages import ANSWERS, ErasedRead
from gateway.erasure.models import Erasure
from gateway.web.words_of_data import ERASED, KEPT, REASONS
from services.booking.erasure import messages as of_booking
from services.cases.erasure import messages as of_cases
from services.events.erasure import messages as of_events
from services.notify.erasure import messages as of_notify
from services.notify.routing.messages import GATEWAY_READERS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNT = UUID("9f5cf9ab-2f0b-5b67-a1f4-4f8f2f7b8f21")
OUTCOME = Outcome({"coming_bookings": 2, "memberships": 0}, [Kept("bookings", 3, "statistics"), Kept("cases", 0, "archive")])
BUILDERS = {"booking": of_booking, "cases": of_cases, "events": of_events, "notify": of_notify}


def of_gateway() -> list[Message]:
    erasure = Erasure.request(ACCOUNT, "liuyi", NOW, timedelta(days=30), by=uuid4(), reason="asked")
    return [messages.requested(erasure, NOW), messages.erased(erasure, NOW), messages.settled(erasure, NOW)]


@pytest.mark.parametrize("message", of_gateway(), ids=lambda message: message.type)
def test_the_gateway_keeps_its_contracts(message: Message) -> None:
    message.contract.check(message.data)
    assert message.data["account_id"] == str(ACCOUNT)


def test_the_services_read_what_the_gateway_says() -> None:
    requested, erased, settled = of_gateway()
    assert ErasureRead(unknown="exclude").load(erased.data)["account_id"] == ACCOUNT
    assert of_notify.ErasureSettledRead(unknown="exclude").load(settled.data)["number"] == settled.data["number"]
    assert GATEWAY_READERS[requested.type](unknown="exclude").load(requested.data)["due_at"] == NOW + timedelta(days=30)


@pytest.mark.parametrize("service", ANSWERS)
def test_each_service_answers_in_the_same_form_and_the_gateway_reads_it(service: str) -> None:
    erasure_id = uuid4()
    message = BUILDERS[service].account_erased(erasure_id, ACCOUNT, "liuyi", OUTCOME, NOW)
    assert message.type == ANSWERS[service]
    message.contract.check(message.data)
    read = ErasedRead(unknown="exclude").load(message.data)
    assert read["erasure_id"] == erasure_id
    assert read["erased"] == [{"what": "coming_bookings", "count": 2}], "nothing is said of kinds without rows"
    assert read["kept"] == [{"what": "bookings", "count": 3, "reason": "statistics"}]


@pytest.mark.parametrize("service", ANSWERS)
def test_the_receipt_has_words_for_what_the_services_say(service: str) -> None:
    contracts = Contracts(_folder(service), service)
    for example in contracts[ANSWERS[service]].examples:
        assert {one["what"] for one in example["erased"]} <= set(ERASED)
        assert {one["what"] for one in example["kept"]} <= set(KEPT)
        assert {one["reason"] for one in example["kept"]} <= set(REASONS)


def _folder(service: str):  # type: ignore[no-untyped-def]
    from pathlib import Path

    return Path(__file__).parents[2] / "services" / service / "contracts"
