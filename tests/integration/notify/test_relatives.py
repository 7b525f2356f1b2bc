"""Elders are reached on a relative's phone, children through their guardians."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.rpc.refusal import Forbidden
from services.notify.delivery import sender
from services.notify.delivery.channels.sink import Sink
from services.notify.delivery.channels.sms import SmsChannel
from tests.integration.notify.conftest import ADMIN, CALLED_OFF, GATEWAY, NOW, Post, account_id, booking, resident

pytestmark = pytest.mark.usefixtures("demo")  # the texts are read in the sink
DAUGHTERS, OWN = "19900000009", "19900000008"
UNTIL = NOW + timedelta(days=1000)


def relate(post: Post, whose: str, /, **more: Any) -> None:
    post.ask(GATEWAY, "put_relatives", account_id=str(account_id(whose)), **more)


def sms(post: Post) -> list[tuple[str, str]]:
    """(phone, text) of what is sent, in order."""
    while sender.send_next(post.engine, SmsChannel(Sink(post.engine))):
        pass
    found = post.ask(ADMIN, "list_sink_messages", limit=20)["items"]
    return [(one["phone"], one["body"]) for one in reversed(found)]


def test_an_sms_to_the_phone_of_a_relative_says_whom_it_concerns(post: Post) -> None:
    post.prove("daughter", "sms", DAUGHTERS)
    for name, called in (("grandmother", "李奶奶"), ("grandfather", "李爷爷")):
        relate(post, name, phone=DAUGHTERS, name=called)
        post.hear("booking.cancelled.v1", booking(name) | CALLED_OFF)
    post.hear("booking.cancelled.v1", booking("daughter") | CALLED_OFF)
    told = sms(post)
    assert {phone for phone, _ in told} == {"199****0009"}
    texts = [text for _, text in told]
    assert "请转告李奶奶：" in texts[0] and texts[0].startswith("【邻里】")
    assert "请转告李爷爷：" in texts[1]
    assert "请转告" not in texts[2], "the daughter's own"
    [own] = post.ask(resident("daughter"), "list_contact_points")["items"]
    assert own["verified"], "a shared number stays its owner's"
    assert post.ask(resident("grandmother"), "list_contact_points")["items"] == [], "the number of the daughter is not shown"


def test_an_own_phone_comes_first(post: Post) -> None:
    relate(post, "grandmother", phone=DAUGHTERS, name="李奶奶")
    post.prove("grandmother", "sms", OWN)
    post.hear("booking.cancelled.v1", booking("grandmother") | CALLED_OFF)
    [(_, text)] = sms(post)
    assert "请转告" not in text


def test_what_is_said_last_holds(post: Post) -> None:
    relate(post, "grandmother", phone=DAUGHTERS, name="李奶奶", guardian_ids=[str(account_id("wang"))], until=UNTIL.isoformat())
    relate(post, "grandmother", phone=OWN)
    post.hear("booking.cancelled.v1", booking("grandmother") | CALLED_OFF)
    [(phone, text)] = sms(post)
    assert phone == "199****0008" and "请转告您的家人" in text
    relate(post, "grandmother")
    post.hear("booking.cancelled.v1", booking("grandmother") | CALLED_OFF)
    assert len(sms(post)) == 1
    assert post.ask(resident("wang"), "list_notifications", limit=10)["items"] == []


def test_guardians_are_told_for_the_child_until_it_is_grown_up(post: Post) -> None:
    parents = [str(account_id(name)) for name in ("wang", "li")]
    relate(post, "child", guardian_ids=parents, until=UNTIL.isoformat())
    post.prove("wang", "sms", OWN)
    event_id = uuid4()
    for _ in range(2):
        post.hear("booking.cancelled.v1", booking("child", booking_id=event_id) | CALLED_OFF, event_id)
    for name in ("wang", "li"):
        [told] = post.ask(resident(name), "list_notifications", limit=10)["items"]
        assert told["title"].startswith("孩子：") and "这是给您孩子的通知" in told["body"]
    [(_, text)] = sms(post)
    assert "给您孩子的通知：" in text
    post.hear("booking.confirmed.v1", booking("child"), now=datetime(2030, 1, 1, tzinfo=UTC))
    assert len(post.ask(resident("li"), "list_notifications", limit=10)["items"]) == 1
    assert len(post.ask(resident("child"), "list_notifications", limit=10)["items"]) == 2, "the child's own"


def test_only_the_gateway_says_who_is_related(post: Post) -> None:
    for who in (resident("wang"), ADMIN):
        with pytest.raises(Forbidden):
            post.ask(who, "put_relatives", account_id=str(account_id("wang")), phone=OWN)


def test_guardians_of_a_merged_account(post: Post) -> None:
    from tests.integration.notify.test_merged_accounts import hear

    relate(post, "child", guardian_ids=[str(account_id("goes"))], until=UNTIL.isoformat())
    post.hear("booking.confirmed.v1", booking("goes"))
    hear(post, "goes", "stays")
    post.hear("booking.confirmed.v1", booking("child"))
    assert len(post.ask(resident("stays"), "list_notifications", limit=10)["items"]) == 2
