"""Reading one's own notifications."""

from uuid import uuid4

import pytest
from marshmallow import ValidationError

from chassis.rpc.refusal import Invalid, NotFound, Unauthenticated
from tests.integration.notify.conftest import NOW, VISITOR, Post, booking, resident

WANG, LI = resident("wang"), resident("li")


def told(post: Post, count: int, name: str = "wang") -> list[str]:
    """Ids of new notifications, oldest first."""
    return [str(post.hear("booking.confirmed.v1", booking(name))[0].id) for _ in range(count)]


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def test_the_newest_comes_first_in_pages(post: Post) -> None:
    made = told(post, 5)
    first = post.ask(WANG, "list_notifications", limit=3)
    second = post.ask(WANG, "list_notifications", limit=3, cursor=first["next_cursor"])
    assert ids(first) + ids(second) == made[::-1]
    assert second["next_cursor"] is None and second["unread_count"] == 5


def test_what_came_after_one_is_replayed_oldest_first(post: Post) -> None:
    made = told(post, 6)
    told(post, 1, "li")
    first = post.ask(WANG, "list_notifications", after=made[1], limit=3)
    rest = post.ask(WANG, "list_notifications", after=made[1], limit=3, cursor=first["next_cursor"])
    assert ids(first) == made[2:5] and ids(rest) == made[5:]
    assert post.ask(WANG, "list_notifications", after=made[-1])["items"] == []


def test_replay_after_something_that_is_not_mine_is_refused(post: Post) -> None:
    [theirs] = told(post, 1, "li")
    for unknown in (theirs, str(uuid4())):
        with pytest.raises(Invalid) as refused:
            post.ask(WANG, "list_notifications", after=unknown)
        assert refused.value.details_for("zh-CN")["errors"] == [
            {"field": "after", "code": "unknown_notification", "message": "这不是您的通知。"}
        ]
        assert refused.value.details_for("en")["errors"][0]["message"] == "This is not a notification of yours."


def test_reading_one_counts_once(post: Post) -> None:
    one, two = told(post, 2)
    read = post.ask(WANG, "mark_read", notification_id=one)
    assert read["read_at"] == NOW.isoformat() and read["version"] == 2
    again = post.ask(WANG, "mark_read", notification_id=one)
    assert again["version"] == 2
    answer = post.ask(WANG, "list_notifications", unread=True)
    assert (ids(answer), answer["unread_count"]) == ([two], 1)


def test_reading_all(post: Post) -> None:
    one, *_ = told(post, 3)
    told(post, 1, "li")
    post.ask(WANG, "mark_read", notification_id=one)
    assert post.ask(WANG, "mark_all_read") == {"marked": 2, "unread_count": 0}
    assert post.ask(WANG, "mark_all_read") == {"marked": 0, "unread_count": 0}
    assert post.ask(WANG, "list_notifications", unread=True)["items"] == []
    assert post.ask(LI, "list_notifications")["unread_count"] == 1
    told(post, 1)
    assert post.ask(WANG, "list_notifications")["unread_count"] == 1


def test_nobody_reads_what_is_not_theirs(post: Post) -> None:
    [theirs] = told(post, 1, "li")
    for method in ("get_notification", "mark_read"):
        with pytest.raises(NotFound):
            post.ask(WANG, method, notification_id=theirs)
        with pytest.raises(Unauthenticated):
            post.ask(VISITOR, method, notification_id=theirs)
    assert post.ask(LI, "get_notification", notification_id=theirs)["id"] == theirs
    assert post.ask(WANG, "list_notifications") == {"items": [], "next_cursor": None, "unread_count": 0}
    with pytest.raises(Unauthenticated):
        post.ask(VISITOR, "list_notifications")


def test_what_leaves_by_sms_is_not_in_the_inbox(post: Post) -> None:
    post.prove("wang", "sms", "19900000001")
    app, sms = post.hear("booking.cancelled.v1", booking(cancelled_by="staff"))
    assert ids(post.ask(WANG, "list_notifications")) == [str(app.id)]
    with pytest.raises(NotFound):
        post.ask(WANG, "get_notification", notification_id=str(sms.id))


@pytest.mark.parametrize("payload", [{"limit": 0}, {"limit": 101}, {"after": "x"}, {"unread": "maybe"}, {"colour": "red"}])
def test_payloads_that_say_nothing_sensible(post: Post, payload: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        post.ask(WANG, "list_notifications", **payload)
