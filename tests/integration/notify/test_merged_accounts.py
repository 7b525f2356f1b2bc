"""Notifications and contact points of a merged account belong to the one that stays."""

from datetime import timedelta
from uuid import uuid4

from chassis.database import erased
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from services.notify.merged_accounts import use_cases
from services.notify.relatives import storage as relatives
from tests.integration.notify.conftest import NOW, Post, account_id, booking, resident


def hear(post: Post, goes: str, stays: str) -> None:
    with transaction(post.engine) as session:
        call = Call(session, NOW)
        use_cases.account_merged(call, account_id=account_id(goes), into=account_id(stays), merged_at=NOW)


def test_the_inbox_and_its_count_move(post: Post) -> None:
    for name in ("wang", "wang", "li"):
        post.hear("booking.confirmed.v1", booking(name))
    [first, *_] = post.ask(resident("wang"), "list_notifications", limit=10)["items"]
    post.ask(resident("wang"), "mark_read", notification_id=first["id"])
    for _ in range(2):
        hear(post, "wang", "li")
    inbox = post.ask(resident("li"), "list_notifications", limit=10)
    assert (len(inbox["items"]), inbox["unread_count"]) == (3, 2)
    old = post.ask(resident("wang"), "list_notifications", limit=10)
    assert (old["items"], old["unread_count"]) == ([], 0)


def test_one_event_is_told_once(post: Post) -> None:
    event_id = uuid4()
    for name in ("wang", "li"):
        post.hear("booking.confirmed.v1", booking(name), event_id)
    hear(post, "wang", "li")
    inbox = post.ask(resident("li"), "list_notifications", limit=10)
    assert (len(inbox["items"]), inbox["unread_count"]) == (1, 1)


def test_contact_points_move_unless_there_is_one(post: Post) -> None:
    post.prove("wang", "sms", "19900000001")
    post.prove("wang", "email", "wang@example.org")
    post.prove("li", "sms", "19900000002")
    hear(post, "wang", "li")
    found = post.ask(resident("li"), "list_contact_points")["items"]
    assert [(one["channel"], one["address"]) for one in found] == [("email", "wang@example.org"), ("sms", "19900000002")]
    assert post.ask(resident("wang"), "list_contact_points")["items"] == []


def test_the_end_of_one_of_two_registrations_is_told_to_nobody(post: Post) -> None:
    from datetime import UTC, datetime

    data = {
        "registration_id": uuid4(), "resident_id": account_id("wang"), "title": {"zh-CN": "赛"}, "location": "球室",
        "starts_at": datetime(2026, 3, 7, 1, tzinfo=UTC), "ends_at": datetime(2026, 3, 7, 3, tzinfo=UTC), "seats": 1,
        "cancelled_by": "staff",
    }  # fmt: skip
    assert post.hear("registration.cancelled.v1", data | {"reason": "merged"}) == []
    assert len(post.hear("registration.cancelled.v1", data | {"reason": "withdrawn"})) == 1


def test_what_comes_late_for_an_erased_person_is_erased(post: Post) -> None:
    """Nothing else of the day's merges waits for it."""
    for name in ("wang", "chen"):
        post.hear("booking.confirmed.v1", booking(name))
    with transaction(post.engine) as session:
        erased.remember(session, account_id("li"), NOW)
    hear(post, "wang", "li")
    hear(post, "chen", "zhang")
    with transaction(post.engine) as session:
        use_cases.move_what_came_late(Call(session, NOW))
    rows = post.rows("SELECT account_id, title FROM notification ORDER BY seq")
    assert [(row.account_id, row.title == "") for row in rows] == [(None, True), (account_id("zhang"), False)]


def test_a_merged_guardian_who_was_never_told_anything_is_replaced(post: Post) -> None:
    with transaction(post.engine) as session:
        relatives.replace_guardians(session, account_id("chen"), [account_id("wang")], NOW + timedelta(days=365))
    hear(post, "wang", "li")
    with transaction(post.engine) as session:
        assert relatives.guardians_of(session, account_id("chen"), NOW) == [account_id("li")]
