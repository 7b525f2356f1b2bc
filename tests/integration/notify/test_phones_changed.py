"""People hear of changes of the phones with which they sign in, also on the phone that is replaced."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.delivery.content import Content
from tests.integration.notify.conftest import GATEWAY, NOW, Post, account_id, resident
from tests.integration.notify.test_relatives import sms

pytestmark = pytest.mark.usefixtures("demo")  # the texts are read in the sink
OLD, NEW = "19900000008", "19900000009"


def hear(post: Post, change: str, **more: Any) -> list[str]:
    new = post.hear(
        "account.phones_changed.v1", {"account_id": account_id("wang"), "change": change, "usable_from": None} | more
    )
    return sorted(one.channel for one in new)


def waiting(post: Post) -> list[Content]:
    """What waits to be sent to a phone that was replaced."""
    query = "SELECT sealed FROM notification WHERE template = 'phone_replaced' AND account_id IS NULL ORDER BY seq"
    return [Content.unseal(row.sealed) for row in post.rows(query)]


@pytest.mark.parametrize(
    ("change", "channels", "says"),
    [
        ("added", ["in_app", "sms"], "新增了一个登录手机号"),
        ("removed", ["in_app", "sms"], "不能再登录"),
        ("moved", ["in_app", "sms"], "现在的机主"),
        ("main_chosen", ["in_app"], "主手机号"),
        ("something_of_a_later_release", [], ""),
    ],
)
def test_each_change_is_told(post: Post, change: str, channels: list[str], says: str) -> None:
    post.prove("wang", "sms", OLD)
    assert hear(post, change) == channels
    assert all(says in text for _, text in sms(post))
    bodies = [one["body"] for one in post.ask(resident("wang"), "list_notifications", limit=10)["items"]]
    assert all(says in body for body in bodies) and len(bodies) == bool(channels)


def test_a_phone_of_the_counter_says_from_when(post: Post) -> None:
    post.prove("wang", "sms", OLD)
    hear(post, "added", usable_from=NOW + timedelta(hours=48))
    [(_, text)] = sms(post)
    assert "起可用" in text and "19900000009" not in text


def test_the_phone_that_is_replaced_is_told(post: Post) -> None:
    post.prove("wang", "sms", OLD)
    assert waiting(post) == []
    for _ in range(2):
        post.prove("wang", "sms", NEW)  # the gateway may say it twice
    [told] = waiting(post)
    assert told.address == f"+86{OLD}" and "不再往这个号码发短信" in told.body


def test_a_number_that_is_somebody_elses_now_is_told_nothing(post: Post) -> None:
    post.prove("wang", "sms", OLD)
    post.prove("li", "sms", OLD)
    assert waiting(post) == []
    assert post.ask(resident("wang"), "list_contact_points")["items"] == []


def test_the_gateway_takes_away_the_phone_of_an_account_that_has_none(post: Post) -> None:
    post.prove("wang", "sms", OLD)
    [point] = post.ask(GATEWAY, "list_contact_points", account_id=str(account_id("wang")))["items"]
    post.ask(GATEWAY, "remove_contact_point", contact_point_id=point["id"])
    assert hear(post, "moved") == ["in_app"]
