"""Notifications in periods of four weeks: nothing about them is different, and a period goes when nothing in it is needed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.background.expiry import delete_expired
from services.notify import upkeep
from services.notify.delivery.sender import send_next
from services.notify.notifications.models import PARTITIONS
from services.notify.settings import notify_settings
from tests.integration.notify.conftest import CALLED_OFF, GATEWAY, NOW, PHONE, Post, account_id, booking, resident
from tests.integration.notify.test_sending import Provider, clock_at
from tests.uuid7 import uuid7_of

PERIOD = PARTITIONS.period
BEGIN = PARTITIONS.begin_of(NOW)
KEPT = timedelta(days=notify_settings().keep_notifications_days)


@pytest.fixture
def periods(post: Post) -> list[str]:
    """The partitions of the period of NOW and of the next one."""
    PARTITIONS.prepare(post.engine, BEGIN - PERIOD)
    return [PARTITIONS.partition(BEGIN + number * PERIOD) for number in (0, 1)]


def places(post: Post) -> list[str]:
    return [row.name for row in post.rows("SELECT tableoid::regclass::text AS name FROM notification ORDER BY seq")]


def keep_house(post: Post, now: datetime) -> None:
    while delete_expired(post.engine, upkeep.expiries(), now):
        pass


def test_notifications_are_in_the_period_of_their_event_and_codes_in_the_default(post: Post, periods: list[str]) -> None:
    for event_id in (uuid7_of(NOW), uuid7_of(NOW + PERIOD), uuid4()):
        post.hear("booking.confirmed.v1", booking(), event_id)
    post.ask(GATEWAY, "send_code", phone=PHONE, code="123456", minutes=5)
    assert places(post) == [*periods, "notification_default", "notification_default"]


def test_an_event_is_told_once_in_every_period(post: Post, periods: list[str], email_on: None) -> None:
    post.prove("wang", "email", "wang@example.com")
    for event_id in (uuid7_of(NOW), uuid7_of(NOW + PERIOD), uuid4()):
        data = booking()
        assert len(post.hear("booking.confirmed.v1", data, event_id)) == 2
        assert post.hear("booking.confirmed.v1", data, event_id) == []


def test_the_inbox_is_in_one_order_over_all_periods(post: Post, periods: list[str]) -> None:
    told = []
    for event_id in (uuid7_of(NOW + PERIOD), uuid4(), uuid7_of(NOW), uuid7_of(NOW + PERIOD)):
        told += [str(one.id) for one in post.hear("booking.confirmed.v1", booking(), event_id)]
    wang, seen, cursor = resident("wang"), [], None
    while True:
        page = post.ask(wang, "list_notifications", limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == told[::-1]
    later = post.ask(wang, "list_notifications", after=told[1])["items"]
    assert [item["id"] for item in later] == told[2:]


def test_notifications_are_read_and_sent_in_every_period(post: Post, periods: list[str]) -> None:
    post.prove("wang", "sms", PHONE)
    provider, wang = Provider(), resident("wang")
    for number, event_id in enumerate((uuid7_of(NOW), uuid7_of(NOW + PERIOD), uuid4()), start=1):
        in_app, sms = post.hear("booking.cancelled.v1", booking(**CALLED_OFF), event_id)
        assert post.ask(wang, "mark_read", notification_id=str(in_app.id))["read_at"] is not None
        assert send_next(post.engine, provider, clock_at(NOW))
        assert (post.notification(sms.id).state, post.notification(sms.id).version) == ("delivered", 3)
        assert len(provider.given) == number
    assert post.ask(wang, "list_notifications")["unread_count"] == 0


def test_a_contact_point_is_forgotten_in_every_period(post: Post, periods: list[str]) -> None:
    point = post.prove("wang", "sms", PHONE)
    for event_id in (uuid7_of(NOW), uuid7_of(NOW + PERIOD), uuid4()):
        post.hear("booking.cancelled.v1", booking(**CALLED_OFF), event_id)
    remove = text("DELETE FROM contact_point WHERE account_id = :id")
    with post.engine.begin() as connection:
        connection.execute(remove, {"id": account_id("wang")})
    assert point and post.rows("SELECT FROM notification WHERE contact_point_id IS NOT NULL") == []


def told(post: Post) -> list[Any]:
    """An old notification in the app and one by SMS that is still to be sent, in the period of NOW."""
    post.prove("wang", "sms", PHONE)
    return post.hear("booking.cancelled.v1", booking(**CALLED_OFF), uuid7_of(BEGIN), now=BEGIN)


def test_a_period_goes_when_all_of_it_is_old_and_stays_while_something_is_to_be_sent(post: Post, periods: list[str]) -> None:
    told(post)
    keep_house(post, BEGIN + PERIOD + KEPT)
    assert places(post) == [periods[0]] * 2
    with post.engine.begin() as connection:
        settle = "UPDATE notification SET state = 'failed', next_attempt_at = NULL, sealed = NULL WHERE channel = 'sms'"
        connection.execute(text(settle))
    keep_house(post, BEGIN + PERIOD + KEPT - timedelta(seconds=1))
    assert places(post) == [periods[0]] * 2
    keep_house(post, BEGIN + PERIOD + KEPT)
    assert places(post) == []
    assert post.rows("SELECT to_regclass(:name) AS found", name=periods[0])[0].found is None


def test_a_notification_of_an_old_event_keeps_the_period_until_it_is_old_itself(post: Post, periods: list[str]) -> None:
    post.hear("booking.confirmed.v1", booking(), uuid7_of(BEGIN), now=BEGIN + 3 * PERIOD)
    keep_house(post, BEGIN + 2 * PERIOD + KEPT)
    assert places(post) == [periods[0]]
    keep_house(post, BEGIN + 3 * PERIOD + KEPT)
    assert places(post) == []


def test_codes_go_after_a_day_also_beside_periods(post: Post, periods: list[str]) -> None:
    post.hear("booking.confirmed.v1", booking(), uuid7_of(NOW))
    post.ask(GATEWAY, "send_code", phone=PHONE, code="123456", minutes=5)
    keep_house(post, NOW + upkeep.CODES_KEPT)
    assert places(post) == [periods[0]]


@pytest.mark.parametrize("kept", [timedelta(days=1), KEPT])
def test_the_last_release_deletes_nothing_in_periods(post: Post, periods: list[str], kept: timedelta) -> None:
    """It deletes by ctid, which is unique in one partition only: the rows here have the same one."""
    recent = post.hear("booking.confirmed.v1", booking(), uuid7_of(NOW))[0]
    post.hear("booking.confirmed.v1", booking(), uuid4(), now=NOW - 2 * KEPT)
    assert len(post.rows("SELECT DISTINCT ctid FROM notification")) == 1
    of_the_last_release = """
        DELETE FROM notification WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM notification WHERE created_at <= :before AND account_id IS NOT NULL
            ORDER BY created_at LIMIT 5000))
    """
    with post.engine.begin() as connection:
        connection.execute(text(of_the_last_release), {"before": NOW - kept})
    assert [row.id for row in post.rows("SELECT id FROM notification")] == [recent.id]


def test_the_event_decides_what_is_looked_up(post: Post, periods: list[str]) -> None:
    """A lookup of what an account was told about an event reads one partition."""
    condition = "community_id = 'liuyi' AND event_id = :id AND account_id = :id"
    found = post.rows(f"EXPLAIN SELECT channel, template FROM notification WHERE {condition}", id=uuid7_of(NOW))  # noqa: S608  constants
    plan = " ".join(row[0] for row in found)
    assert periods[0] in plan and periods[1] not in plan and "notification_default" not in plan


def test_the_current_period_exists_in_a_new_database(post: Post) -> None:
    now = datetime.now(UTC)
    post.hear("booking.confirmed.v1", booking(), uuid7_of(now), now=now)
    assert places(post) == [PARTITIONS.partition(PARTITIONS.begin_of(now))]
