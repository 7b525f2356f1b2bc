"""notify is the last to erase an account: it sends the receipt and forgets the addresses, in one transaction."""

from typing import Any
from uuid import uuid4

import pytest

from chassis.database import erased
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.notify.delivery.content import Content
from services.notify.erasure import use_cases
from services.notify.interface.refusals import AccountErased
from tests.integration.notify.conftest import NOW, PHONE, Post, account_id, booking, resident

NUMBER = "7K3M-9QTX-4WDA-H8RE"


def erase(post: Post, name: str = "wang") -> dict[str, Any]:
    with transaction(post.engine) as session:
        what = {"erasure_id": uuid4(), "account_id": account_id(name), "community_id": "liuyi", "number": NUMBER}
        use_cases.erase_account(Call(session, NOW), **what)
    return post.published()[-1][1]


def receipts(post: Post) -> list[Content]:
    """What waits to be sent, and names no account."""
    waiting = post.rows("SELECT sealed FROM notification WHERE template = 'account_erased' AND account_id IS NULL ORDER BY seq")
    return [Content.unseal(row.sealed) for row in waiting]


def known(post: Post, name: str = "wang") -> list[int]:
    tables = ("recipient", "contact_point", "notification")
    query = "SELECT count(*) AS n FROM {} WHERE account_id = :id"
    return [post.rows(query.format(table), id=account_id(name))[0].n for table in tables]


@pytest.fixture
def told(post: Post) -> Post:
    """Wang and Li have phones and notifications."""
    for name, phone in (("wang", PHONE), ("li", "19900000002")):
        post.prove(name, "sms", phone)
        post.hear("booking.confirmed.v1", booking(name))
    return post


def test_the_receipt_goes_to_the_phone_that_is_forgotten(told: Post) -> None:
    answer = erase(told)
    [receipt] = receipts(told)
    assert (receipt.address, NUMBER in receipt.body) == (f"+86{PHONE}", True)
    assert answer["erased"] == [{"what": "contact_points", "count": 1}, {"what": "notifications", "count": 1}]
    assert known(told) == [0, 0, 0]
    assert known(told, "li") == [1, 1, 1]
    left = told.rows("SELECT title, body, subject_id, state FROM notification WHERE account_id IS NULL AND channel = 'in_app'")
    assert [tuple(row) for row in left] == [("", "", None, "delivered")]


def test_what_waited_to_be_sent_is_cancelled(told: Post) -> None:
    told.hear("booking.cancelled.v1", booking("wang", cancelled_by="staff"))
    assert told.states("sms") == ["queued"]
    erase(told)
    assert told.states("sms") == ["cancelled", "queued"], "the receipt is sent"


def test_a_second_message_sends_no_second_receipt(told: Post) -> None:
    erase(told)
    assert erase(told)["erased"] == []
    assert len(receipts(told)) == 1


def test_an_account_without_addresses_gets_no_receipt(post: Post) -> None:
    assert erase(post, "ma")["erased"] == []
    assert receipts(post) == []


def test_a_late_message_or_request_brings_nothing_back(told: Post) -> None:
    erase(told)
    assert told.hear("booking.cancelled.v1", booking("wang", cancelled_by="staff")) == []
    with pytest.raises(AccountErased):
        told.prove("wang", "sms", PHONE)
    with pytest.raises(AccountErased):
        told.ask(resident("wang"), "set_language", language="en")
    assert known(told) == [0, 0, 0]


def test_the_same_phone_may_be_somebody_new(told: Post) -> None:
    told.rows("SELECT 1")
    erase(told)
    assert told.prove("chen", "sms", PHONE)["verified"]


def test_the_request_is_told_by_sms_too(told: Post) -> None:
    data = {"account_id": account_id("wang"), "due_at": NOW}
    new = told.hear("account.erasure_requested.v1", data)
    assert sorted(one.channel for one in new) == ["in_app", "sms"]
    assert "注销" in next(one.body for one in new if one.channel == "in_app")


def test_rows_that_a_restore_brings_back_are_erased_again(told: Post) -> None:
    with transaction(told.engine) as session:
        erased.remember(session, account_id("wang"), NOW)
        assert use_cases.erase_returned(Call(session, NOW)) == 1
    assert (known(told), known(told, "li")) == ([0, 0, 0], [1, 1, 1])
    assert receipts(told) == [], "the receipt was sent long ago"
