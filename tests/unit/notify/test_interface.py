"""What the verbs refuse by form, in which language they say so, and what an answer shows to whom."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from marshmallow import ValidationError

from chassis.database import crypto
from chassis.rpc.identity import Identity
from chassis.rpc.interface import Verb
from chassis.rpc.interface.answers import caller_context
from chassis.rpc.interface.field_errors import field_errors
from services.notify.delivery.models import SinkMessage
from services.notify.interface.codes import LIST_SINK_MESSAGES, SEND_CODE
from services.notify.interface.contact_points import (
    LIST_CONTACT_POINTS,
    PUT_CONTACT_POINT,
    REMOVE_CONTACT_POINT,
    VERIFY_CONTACT_POINT,
)
from services.notify.interface.notifications import GET_NOTIFICATION, LIST_NOTIFICATIONS, MARK_ALL_READ
from services.notify.notifications.models import Notification
from services.notify.notifications.use_cases import Inbox, Marked
from services.notify.recipients.models import ContactPoint, Recipient

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PHONE = "+8619900000001"
WANG = UUID(int=1)
CODE = {"phone": PHONE, "code": "246810", "minutes": 5}
VERIFY = {"contact_point_id": str(WANG), "code": "492039"}


def errors_of(verb: Verb, payload: dict[str, Any], language: str) -> list[dict[str, str]]:
    with pytest.raises(ValidationError) as refused:
        verb.takes.load(payload)
    return field_errors(refused.value, language)


def answer_of(verb: Verb, result: Any, acting: Identity) -> Any:
    with caller_context(acting, NOW):
        return orjson.loads(orjson.dumps(verb.gives.dump(result)))


def contact_point(channel: str, address: str) -> ContactPoint:
    return ContactPoint.unverified(Recipient(account_id=WANG, community_id="liuyi"), channel, address, NOW)


@pytest.mark.parametrize(
    ("verb", "payload", "field", "code", "english", "chinese"),
    [
        (SEND_CODE, CODE | {"phone": "+12025550123"}, "phone", "bad_phone", "mobile number", "手机号"),
        (SEND_CODE, CODE | {"code": "123"}, "code", "not_a_sign_in_code", "4 to 8 digits", "4 至 8 位数字"),
        (SEND_CODE, CODE | {"code": "１２３４５"}, "code", "not_a_sign_in_code", "4 to 8 digits", "4 至 8 位数字"),
        (VERIFY_CONTACT_POINT, VERIFY | {"code": "12345"}, "code", "not_six_digits", "6 digits", "6 位数字"),
        (PUT_CONTACT_POINT, {"channel": "email", "address": "wang@"}, "address", "bad_email", "e-mail", "邮箱"),
        (PUT_CONTACT_POINT, {"channel": "sms", "address": "wang@example.org"}, "address", "bad_phone", "mobile", "手机号"),
        (PUT_CONTACT_POINT, {"channel": "pigeon", "address": "x"}, "channel", "not_a_choice", "choose", "只能"),
        (LIST_NOTIFICATIONS, {"unread": "maybe"}, "unread", "not_a_boolean", "true or false", "true 或 false"),
    ],
)
def test_a_wrong_field_is_named_in_the_readers_language(
    verb: Verb, payload: dict[str, Any], field: str, code: str, english: str, chinese: str
) -> None:
    [error] = errors_of(verb, payload, "en")
    assert (error["field"], error["code"]) == (field, code)
    assert english in error["message"]
    assert chinese in errors_of(verb, payload, "zh-CN")[0]["message"]


@pytest.mark.parametrize("written", ["199 0000 0001", "0086 19900000001", "\u202a+86 199-0000-0001\u202c"])
def test_a_phone_is_normalised_also_when_a_contact_was_copied(written: str) -> None:
    assert SEND_CODE.takes.load(CODE | {"phone": written})["phone"] == PHONE
    assert PUT_CONTACT_POINT.takes.load({"channel": "sms", "address": written})["address"] == PHONE


def test_what_is_not_given_is_left_to_the_use_case() -> None:
    assert LIST_NOTIFICATIONS.takes.load({}) == {"limit": 20, "unread": False}
    assert REMOVE_CONTACT_POINT.takes.load({"contact_point_id": str(WANG)}) == {"contact_point_id": WANG}
    assert set(PUT_CONTACT_POINT.takes.load({"channel": "email", "address": "wang@example.org"})) == {
        *("channel", "address", "verified")
    }


@pytest.mark.parametrize(
    ("channel", "address", "whole", "masked"),
    [("sms", PHONE, "19900000001", "199****0001"), ("email", "wang@example.org", "wang@example.org", "w***@example.org")],
)
def test_only_its_owner_sees_the_whole_address(channel: str, address: str, whole: str, masked: str) -> None:
    point = contact_point(channel, address)
    owner, other = Identity(account_id=str(WANG)), Identity(account_id=str(uuid4()))
    gateway = Identity(party="system", scopes=frozenset({"gateway"}))
    for acting, expected in ((owner, whole), (other, masked), (gateway, masked)):
        [item] = answer_of(LIST_CONTACT_POINTS, [point], acting)["items"]
        assert item["address"] == expected
        assert answer_of(PUT_CONTACT_POINT, point, acting) == item
    assert (item["id"], item["account_id"], item["version"]) == (str(point.id), str(WANG), 1)
    assert (item["verified"], item["verified_at"], item["created_at"]) == (False, None, NOW.isoformat())
    assert not {"sealed_address", "address_index", "sealed_at"} & set(item)


def test_a_removed_contact_point_says_its_id_only() -> None:
    point = contact_point("sms", PHONE)
    assert answer_of(REMOVE_CONTACT_POINT, point, Identity()) == {"id": str(point.id), "removed": True}


def test_a_sink_message_masks_the_phone() -> None:
    sealed = {"sealed_phone": crypto.encrypt(PHONE.encode()), "sealed_body": crypto.encrypt("验证码 246810".encode())}
    message = SinkMessage(id=uuid4(), phone_index="x", sent_at=NOW, **sealed)
    answer = answer_of(LIST_SINK_MESSAGES, Inbox([message], None, 0), Identity())
    expected = {"id": str(message.id), "phone": "199****0001", "body": "验证码 246810", "sent_at": NOW.isoformat()}
    assert answer == {"items": [expected], "next_cursor": None}


def test_a_sent_code_is_not_in_the_answer() -> None:
    notification = Notification.to_send(NOW, urgent=True, channel="sms", template="sign_in_code", expires_at=NOW)
    answer = answer_of(SEND_CODE, notification, Identity())
    assert answer == {"notification_id": str(notification.id), "state": "queued", "expires_at": NOW.isoformat()}


def test_an_inbox_has_its_unread_count_beside_the_page() -> None:
    notification = Notification.in_inbox(NOW, community_id="liuyi", template="x", language="en", title="Booked", body="…")
    answer = answer_of(LIST_NOTIFICATIONS, Inbox([notification], "more", 7), Identity())
    assert (answer["next_cursor"], answer["unread_count"]) == ("more", 7)
    assert answer["items"] == [answer_of(GET_NOTIFICATION, notification, Identity())]
    assert (answer["items"][0]["subject_type"], answer["items"][0]["read_at"]) == (None, None)
    assert answer_of(MARK_ALL_READ, Marked(3, 0), Identity()) == {"marked": 3, "unread_count": 0}
