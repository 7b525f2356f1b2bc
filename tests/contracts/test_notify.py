"""What notify promises to publish, and that it can read and tell everything it hears."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from marshmallow import EXCLUDE

from chassis.messaging.contracts import Contract, Contracts
from services.notify.interface.addresses import SMS
from services.notify.interface.contact_points import LANGUAGES
from services.notify.interface.notifications import CHANNELS
from services.notify.notifications.messages import CONTRACTS, notification_failed, notification_sent
from services.notify.notifications.models import Notification
from services.notify.notifications.rendering import render
from services.notify.routing.messages import BOOKING_READERS, CASES_READERS, EVENTS_READERS, GATEWAY_READERS
from services.notify.routing.routes import ROUTES, routes_of, subject_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
READERS = {"booking": BOOKING_READERS, "cases": CASES_READERS, "events": EVENTS_READERS, "gateway": GATEWAY_READERS}
ROOT = Path(__file__).parents[2]


def contracts_for_us() -> Iterator[Contract]:
    for service in READERS:
        contracts = list(Contracts(ROOT / (service if service == "gateway" else f"services/{service}") / "contracts", service))
        assert contracts, f"{service} promises nothing"
        yield from (one for one in contracts if any("--notify.tell_of_" in queue for queue in one.queues))


HEARD = {contract.type: contract for contract in contracts_for_us()}


def notification(channel: str, kind: str) -> Notification:
    what = {"community_id": "liuyi", "event_id": uuid4(), "account_id": uuid4(), "template": "case_settled", "language": "en"}
    return Notification.to_send(NOW, channel=channel, subject_type=kind, subject_id=uuid4(), **what)


@pytest.mark.parametrize("kind", sorted({type_.split(".")[0] for type_ in ROUTES}))
@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_built_when_sent_keeps_the_contract(channel: str, kind: str) -> None:
    sent = notification(channel, kind)
    sent.lease(NOW)
    sent.deliver(NOW)
    message = notification_sent(sent, NOW)
    message.contract.check(message.data)
    assert (message.aggregate_id, message.version) == (sent.id, 3)


@pytest.mark.parametrize("reason", ["rejected", "gave_up", "unknown"])
def test_what_is_built_when_failed_keeps_the_contract(reason: str) -> None:
    failed = notification(SMS, "booking")
    failed.lease(NOW)
    if reason == "unknown":
        failed.lose(NOW, "lease_ran_out")
    else:
        failed.fail(NOW, reason, "smtp_550")
    message = notification_failed(failed, NOW)
    message.contract.check(message.data)
    assert message.data["reason"] == reason


def test_messages_hold_ids_and_no_text() -> None:
    assert {contract.type for contract in CONTRACTS} == {
        "notification.sent.v1",
        "notification.failed.v1",
        "notify.account_erased.v1",
    }
    for contract in CONTRACTS:
        assert not {"title", "body", "address", "phone"} & set(contract.schema["properties"])


def test_we_hear_what_is_meant_for_us() -> None:
    assert set(HEARD) == set(ROUTES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("type_", sorted(HEARD))
def test_every_example_is_read_and_told_on_every_channel(type_: str, language: str) -> None:
    contract = HEARD[type_]
    for example in contract.examples:
        data = READERS[contract.source][type_](unknown=EXCLUDE).load(example)
        subject_of(type_, data)
        routes = [route for _, route in routes_of(type_, data)]
        assert bool(routes) == bool(ROUTES[type_])
        for route in routes:
            for channel in CHANNELS if route.sms else set(CHANNELS) - {SMS}:
                text = render(route.template, channel, language, data)
                assert text.title and text.body
                assert "{" not in text.title + text.body and "None" not in text.title + text.body


@pytest.mark.parametrize("type_", sorted(HEARD))
def test_a_field_that_we_do_not_know_does_not_matter(type_: str) -> None:
    contract = HEARD[type_]
    reader = READERS[contract.source][type_]
    example = contract.examples[0]
    assert reader().load({**example, "added_later": 1}) == reader().load(example)


@pytest.mark.parametrize("type_", sorted(HEARD))
def test_we_rely_only_on_fields_that_are_promised(type_: str) -> None:
    contract = HEARD[type_]
    fields = READERS[contract.source][type_]().fields
    assert set(fields) <= set(contract.schema["properties"])
    assert {name for name, field in fields.items() if field.required} <= set(contract.schema["required"])
