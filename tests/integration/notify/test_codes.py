"""One-time codes: capped, sent first, and readable nowhere but on the phone."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

from chassis.config import settings
from chassis.rpc.refusal import Forbidden, Unauthenticated
from services.notify.delivery.channels.sink import Sink
from services.notify.delivery.channels.sms import SmsChannel
from services.notify.delivery.sender import send_next
from services.notify.interface.refusals import NoSink, TooManyCodes
from tests.integration.notify.conftest import ADMIN, CALLED_OFF, GATEWAY, NOW, PHONE, VISITOR, Post, booking, resident
from tests.integration.notify.test_contact_points import assert_nowhere
from tests.integration.notify.test_sending import Provider, clock_at, send

CODE = "802461"
MINUTE = timedelta(minutes=1)


def ask_for_code(post: Post, phone: str = PHONE, now: Any = NOW, code: str = CODE, **more: Any) -> dict[str, Any]:
    return post.ask(GATEWAY, "send_code", now, phone=phone, code=code, minutes=5, **more)


def wait_told(post: Post, now: Any) -> int:
    with pytest.raises(TooManyCodes) as refused:
        ask_for_code(post, now=now)
    return int(refused.value.details["retry_after"])


def test_a_code_reaches_the_phone_and_is_then_readable_nowhere(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = ask_for_code(post)
        assert (answer["state"], answer["expires_at"]) == ("queued", (NOW + 5 * MINUTE).isoformat())
        assert_nowhere(post, CODE, PHONE)
        provider = Provider()
        assert send(post, provider)
    assert provider.given[0].body == f"【邻里】您的登录验证码是{CODE}，5分钟内有效。请勿告诉他人。"
    assert provider.given[0].variables["code"] == CODE
    assert_nowhere(post, CODE, PHONE)
    assert post.rows("SELECT sealed FROM notification")[0].sealed is None
    assert post.published() == []
    assert CODE not in caplog.text and CODE not in repr(answer)


def test_only_the_gateway_may_send_codes(post: Post) -> None:
    for who in (VISITOR, resident("wang"), ADMIN):
        with pytest.raises(Forbidden):
            post.ask(who, "send_code", phone=PHONE, code=CODE, minutes=5)
    assert post.rows("SELECT 1 FROM notification") == []


def test_one_a_minute_five_an_hour_ten_a_day(post: Post) -> None:
    ask_for_code(post)
    assert wait_told(post, NOW + timedelta(seconds=30)) == 30
    ask_for_code(post, phone="19900000002", now=NOW + timedelta(seconds=30))
    for minute in (1, 2, 3, 4):
        ask_for_code(post, now=NOW + minute * MINUTE)
    assert wait_told(post, NOW + 5 * MINUTE) == 55 * 60
    for minute in (60, 61, 62, 63, 64):
        ask_for_code(post, now=NOW + minute * MINUTE)
    assert wait_told(post, NOW + timedelta(hours=3)) == 21 * 3600
    ask_for_code(post, now=NOW + timedelta(days=1))


def test_the_same_phone_written_otherwise_has_the_same_allowance(post: Post) -> None:
    ask_for_code(post)
    with pytest.raises(TooManyCodes):
        ask_for_code(post, phone="+86 199 0000 0001")


def test_requests_at_the_same_moment_are_counted_one_by_one(post: Post) -> None:
    ask_for_code(post, now=NOW - timedelta(hours=2))
    start = threading.Barrier(5)

    def ask(_number: int) -> str:
        start.wait()
        try:
            ask_for_code(post)
        except TooManyCodes:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(5) as threads:
        assert sorted(threads.map(ask, range(5))) == ["refused"] * 4 + ["sent"]
    assert post.states("sms") == ["queued", "queued"]


def test_a_code_overtakes_everything_else(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    post.hear("booking.cancelled.v1", booking(**CALLED_OFF))
    ask_for_code(post, now=NOW + MINUTE)
    provider = Provider()
    send(post, provider, NOW + MINUTE)
    assert provider.given[0].template == "sign_in_code"


def test_a_code_that_is_no_longer_valid_is_not_sent(post: Post) -> None:
    ask_for_code(post)
    provider = Provider()
    assert send(post, provider, NOW + 5 * MINUTE) is True
    assert provider.given == [] and post.states("sms") == ["cancelled"]


def test_a_code_is_in_the_language_of_who_signs_in(post: Post) -> None:
    ask_for_code(post, reads="en")
    provider = Provider()
    send(post, provider)
    assert provider.given[0].body.startswith(f"[Linli] Your sign-in code is {CODE}")


@pytest.mark.parametrize(
    ("over", "field"),
    [({"phone": "12345"}, "phone"), ({"code": "abc"}, "code"), ({"code": "12"}, "code"), ({"minutes": 0}, "minutes")],
)
def test_bad_requests(post: Post, over: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        post.ask(GATEWAY, "send_code", **{"phone": PHONE, "code": CODE, "minutes": 5} | over)
    assert list(refused.value.messages_dict) == [field]


def test_the_demos_sink_shows_what_would_be_on_the_phone(post: Post, demo: None) -> None:
    ask_for_code(post)
    ask_for_code(post, phone="19900000002", code="111222")
    channel = SmsChannel(Sink(post.engine))
    while send_next(post.engine, channel, clock_at(NOW)):
        pass
    [mine] = post.ask(ADMIN, "list_sink_messages", phone=PHONE)["items"]
    assert mine["phone"] == "199****0001" and CODE in mine["body"]
    assert len(post.ask(ADMIN, "list_sink_messages")["items"]) == 2
    assert_nowhere(post, CODE, PHONE)


def test_only_an_admin_looks_into_the_sink_and_only_in_the_demo(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden):
        post.ask(resident("wang"), "list_sink_messages")
    with pytest.raises(Unauthenticated):
        post.ask(VISITOR, "list_sink_messages")
    assert not settings().demo
    with pytest.raises(NoSink):  # or an admin could sign in as everybody
        post.ask(ADMIN, "list_sink_messages")
    try:
        monkeypatch.setenv("LINLI_DEMO", "true")
        monkeypatch.setenv("LINLI_SMS_PROVIDER", "somebody-real")
        settings.cache_clear()
        with pytest.raises(NoSink):
            post.ask(ADMIN, "list_sink_messages")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
