"""Reminders of bookings and sessions: at the right time, once, and none of what was cancelled."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from chassis.background.expiry import delete_expired
from chassis.config import settings
from chassis.database import erased
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.notify import upkeep
from services.notify.communities.storage import keep_community
from services.notify.delivery import sender
from services.notify.delivery.channels.sink import Sink
from services.notify.delivery.channels.sms import SmsChannel
from services.notify.delivery.content import Content
from services.notify.erasure.use_cases import erase
from services.notify.interface.refusals import ReminderLinkVoid
from services.notify.merged_accounts.use_cases import account_merged
from services.notify.notifications.models import Notification
from services.notify.relatives import storage as relatives
from services.notify.reminders import sending
from services.notify.reminders.use_cases import keep_reminder
from tests.integration.notify.conftest import ADMIN, CALLED_OFF, GATEWAY, NOW, PHONE, Post, account_id, booking, resident

EVENING = datetime(2026, 3, 6, 10, tzinfo=UTC)  # 18:00 in Shanghai, the day before `booking()`
STARTS = datetime(2026, 3, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def hear(post: Post, type_: str, version: int, data: dict[str, Any], now: datetime = NOW, community: str = "liuyi") -> None:
    with transaction(post.engine) as session:
        keep_reminder(Call(session, now), type_, version, community, data)


def remind(post: Post, now: datetime = EVENING) -> list[Notification]:
    """What one round of the loop sends."""
    with transaction(post.engine) as session:
        return sending.send_due(Call(session, now))[0]


def states(post: Post) -> list[str]:
    return [row.state for row in post.rows("SELECT state FROM reminder ORDER BY starts_at")]


def told(post: Post, name: str = "wang") -> list[str]:
    return [item["template"] for item in post.ask(resident(name), "list_notifications")["items"]]


def choose(post: Post, way: str, name: str = "wang") -> None:
    assert post.ask(resident(name), "choose_reminders", reminders=way) == {"reminders": way}


def registration(name: str = "wang", **more: Any) -> dict[str, Any]:
    title = {"zh-CN": "老年合唱练习", "en": "Elders' choir"}
    times = {"starts_at": STARTS, "ends_at": STARTS + 2 * HOUR}
    return {
        "registration_id": uuid4(), "resident_id": account_id(name), "title": title, "location": "二楼歌舞室", "seats": 2,
        **times, **more,
    }  # fmt: skip


def links(post: Post) -> list[str]:
    """The links in the queued e-mails and SMS."""
    waiting = post.rows("SELECT sealed FROM notification WHERE state = 'queued' ORDER BY seq")
    lines = [line for row in waiting for line in Content.unseal(row.sealed).body.splitlines()]
    return [line[line.index("https://") :] for line in lines if "https://" in line]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LINLI_SITE", "https://linli.example")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def secret(post: Post, site: None) -> str:
    """The secret in the SMS of a reminder of wang's booking."""
    post.prove("wang", "sms", PHONE)
    choose(post, "sms")
    hear(post, "booking.confirmed.v1", 1, booking(booking_id=UUID(int=7)))
    remind(post)
    [link] = links(post)
    assert link.startswith("https://linli.example/r/")
    return link.rpartition("/")[2]


def test_a_booking_is_reminded_the_evening_before_and_once(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    assert remind(post, EVENING - timedelta(seconds=1)) == []
    [one] = remind(post)
    assert (one.template, one.channel, one.subject_type) == ("booking_reminder", "in_app", "booking")
    assert one.title == "提醒：羽毛球1号场，3月7日（周六）09:00" and "来不了请在预约页面取消" in one.body
    assert [type_ for type_, _ in post.published()] == ["notification.sent.v1"]
    assert remind(post) == [] and remind(post, EVENING + HOUR) == []
    assert post.ask(resident("wang"), "list_notifications")["unread_count"] == 1


def test_each_date_of_a_series_is_reminded_though_the_series_is_told_once(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking(told_by_series=True))
    assert len(remind(post)) == 1


def test_a_session_is_reminded_with_place_and_seats(post: Post) -> None:
    hear(post, "registration.confirmed.v1", 1, registration())
    [one] = remind(post)
    assert "2个名额" in one.body and "二楼歌舞室" in one.body


def test_what_was_moved_is_reminded_at_the_new_time(post: Post) -> None:
    data = booking()
    hear(post, "booking.confirmed.v1", 1, data)
    later = data | {"starts_at": STARTS + 2 * DAY, "ends_at": STARTS + 2 * DAY + HOUR}
    hear(post, "booking.rescheduled.v1", 2, later)
    assert remind(post) == []
    [one] = remind(post, EVENING + 2 * DAY)
    assert "3月9日" in one.body
    assert remind(post, EVENING + 2 * DAY + HOUR) == []


def test_what_was_moved_after_its_reminder_is_reminded_of_the_new_time(post: Post) -> None:
    data = booking()
    hear(post, "booking.confirmed.v1", 1, data)
    remind(post)
    hear(post, "booking.rescheduled.v1", 2, data | {"starts_at": STARTS + DAY, "ends_at": STARTS + DAY + HOUR}, EVENING + HOUR)
    assert remind(post, EVENING + 2 * HOUR) == []
    assert len(remind(post, EVENING + DAY)) == 1


def test_after_a_restore_versions_have_an_epoch_in_front(post: Post) -> None:
    data = booking()
    hear(post, "booking.confirmed.v1", 1, data)
    later = {"starts_at": STARTS + DAY, "ends_at": STARTS + DAY + HOUR}
    hear(post, "booking.rescheduled.v1", int("99" + f"{2:010d}"), data | later)
    assert remind(post) == [] and len(remind(post, EVENING + DAY)) == 1


def test_what_was_cancelled_is_not_reminded(post: Post) -> None:
    for data in (booking(), registration()):
        kind = "booking" if "booking_id" in data else "registration"
        hear(post, f"{kind}.confirmed.v1", 1, data)
        hear(post, f"{kind}.cancelled.v1", 2, data | CALLED_OFF)
    assert states(post) == ["dropped", "dropped"]
    assert remind(post) == []


def test_a_message_that_is_late_brings_nothing_back(post: Post) -> None:
    data = booking()
    hear(post, "booking.cancelled.v1", 3, data | CALLED_OFF)
    hear(post, "booking.rescheduled.v1", 2, data | {"starts_at": STARTS + DAY})
    hear(post, "booking.confirmed.v1", 1, data)
    assert states(post) == ["dropped"]
    assert remind(post) == [] and remind(post, EVENING + DAY) == []


def test_a_message_that_comes_again_after_the_reminder_reminds_nobody_again(post: Post) -> None:
    data = booking()
    hear(post, "booking.confirmed.v1", 1, data)
    remind(post)
    moved = data | {"starts_at": STARTS + DAY, "ends_at": STARTS + DAY + HOUR}
    hear(post, "booking.rescheduled.v1", 2, moved, EVENING)
    hear(post, "booking.confirmed.v1", 1, data, EVENING)
    assert len(remind(post, EVENING + DAY)) == 1
    for version, late in ((2, moved), (1, data)):
        hear(post, "booking.rescheduled.v1", version, late, EVENING + DAY)
    assert remind(post, EVENING + DAY + HOUR) == []
    assert told(post) == ["booking_reminder"] * 2


def test_who_waits_is_reminded_only_after_a_seat_came_free(post: Post) -> None:
    data = registration()
    hear(post, "registration.waitlisted.v1", 1, data)
    hear(post, "registration.moved.v1", 2, data | {"state": "waitlisted"})
    assert states(post) == ["dropped"]
    hear(post, "registration.promoted.v1", 3, data)
    assert len(remind(post)) == 1


def test_two_loops_at_once_remind_once(post: Post) -> None:
    for _ in range(6):
        hear(post, "booking.confirmed.v1", 1, booking("wang"))
        hear(post, "booking.confirmed.v1", 1, booking("li"))
    start = threading.Barrier(4)

    def loop(_number: int) -> int:
        start.wait()
        return len(remind(post))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(loop, range(4))) == 12
    assert (told(post), told(post, "li")) == (["booking_reminder"] * 6, ["booking_reminder"] * 6)
    assert states(post) == ["sent"] * 12


def test_the_database_itself_refuses_a_second_one(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    [one] = remind(post)
    columns = ("community_id", "event_id", "account_id", "template", "language")
    twin = Notification.in_inbox(EVENING, **{name: getattr(one, name) for name in columns})
    with pytest.raises(IntegrityError, match="already exists"), transaction(post.engine) as session:
        session.add(twin)


def test_a_process_that_dies_before_the_end_has_reminded_nobody(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    with pytest.raises(KeyboardInterrupt), transaction(post.engine) as session:
        assert len(sending.send_due(Call(session, EVENING))[0]) == 1
        raise KeyboardInterrupt
    assert (states(post), told(post), post.published()) == (["waiting"], [], [])
    assert len(remind(post)) == 1


def test_a_row_that_says_waiting_again_after_its_reminder_reminds_nobody_again(post: Post) -> None:
    """As after a restore of one table, or a mistake of an operator."""
    hear(post, "booking.confirmed.v1", 1, booking())
    remind(post)
    with transaction(post.engine) as session:
        session.execute(text("UPDATE reminder SET state = 'waiting'"))
    assert remind(post) == [] and told(post) == ["booking_reminder"]


def test_after_hours_without_a_process_what_has_begun_is_not_reminded(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    hear(post, "booking.confirmed.v1", 1, booking(starts_at=STARTS + 4 * HOUR, ends_at=STARTS + 5 * HOUR))
    assert len(remind(post, STARTS + HOUR)) == 1
    assert states(post) == ["dropped", "sent"]


def test_what_could_not_be_sent_before_the_night_waits_for_the_morning(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    night, morning = datetime(2026, 3, 6, 15, tzinfo=UTC), datetime(2026, 3, 7, 0, tzinfo=UTC)
    assert remind(post, night) == [] and remind(post, morning - timedelta(seconds=1)) == []
    assert len(remind(post, morning)) == 1


def test_one_broken_text_does_not_stop_the_others(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    hear(post, "booking.confirmed.v1", 1, booking("li"))
    with transaction(post.engine) as session:
        session.execute(text("UPDATE reminder SET content = '{}' WHERE account_id = :id"), {"id": account_id("wang")})
    assert [one.account_id for one in remind(post)] == [account_id("li")]
    assert sorted(states(post)) == ["sent", "waiting"]
    assert post.ask(resident("wang"), "list_notifications")["unread_count"] == 0


def test_the_evening_is_that_of_the_community(post: Post) -> None:
    with transaction(post.engine) as session:
        keep_community(session, community_id="far", version=2, time_zone="Europe/Berlin")
        keep_community(session, community_id="far", version=1, time_zone="Asia/Tokyo")
    hear(post, "booking.confirmed.v1", 1, booking(), community="far")
    assert remind(post) == []
    [one] = remind(post, datetime(2026, 3, 6, 17, tzinfo=UTC))
    assert "02:00" in one.body


def test_everybody_is_reminded_as_they_want(post: Post, email_on: None) -> None:
    for number, name in enumerate(("wang", "li", "zhang")):
        post.prove(name, "sms", f"1990000000{number}")
        post.prove(name, "email", f"{name}@example.com")
    choose(post, "sms", "li")
    choose(post, "off", "zhang")
    assert post.ask(resident("wang"), "get_reminder_choice") == {"reminders": "app"}
    assert post.ask(resident("ma"), "get_reminder_choice") == {"reminders": "app"}
    for name in ("wang", "li", "zhang"):
        hear(post, "booking.confirmed.v1", 1, booking(name))
    found = sorted((one.account_id, one.channel) for one in remind(post))
    wang, li = account_id("wang"), account_id("li")
    assert found == sorted([(wang, "in_app"), (wang, "email"), (li, "in_app"), (li, "email"), (li, "sms")])
    assert sorted(states(post)) == ["dropped", "sent", "sent"]


def test_the_guardian_of_a_child_is_reminded_too(post: Post) -> None:
    with transaction(post.engine) as session:
        relatives.replace_guardians(session, account_id("chen"), [account_id("wang")], NOW + 365 * DAY)
    hear(post, "booking.confirmed.v1", 1, booking("chen"))
    assert {one.account_id for one in remind(post)} == {account_id("chen"), account_id("wang")}
    [item] = post.ask(resident("wang"), "list_notifications")["items"]
    assert item["title"].startswith("孩子：提醒")


def test_an_erased_person_is_not_reminded(post: Post) -> None:
    data = booking()
    hear(post, "booking.confirmed.v1", 1, data)
    with transaction(post.engine) as session:
        erase(Call(session, NOW), account_id("wang"))
    assert states(post) == []
    hear(post, "booking.rescheduled.v1", 2, data | {"starts_at": STARTS + DAY})
    assert states(post) == [] and remind(post) == []


def test_a_reminder_that_a_restore_brought_back_stops_nobody(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    hear(post, "booking.confirmed.v1", 1, booking("li"))
    with transaction(post.engine) as session:
        erased.remember(session, account_id("wang"), NOW)
        session.execute(text("DELETE FROM recipient"))
    assert [one.account_id for one in remind(post)] == [account_id("li")]
    assert sorted(states(post)) == ["dropped", "sent"]


def test_the_reminders_of_a_merged_account_go_to_the_one_that_stays(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    with transaction(post.engine) as session:
        account_merged(Call(session, NOW), account_id=account_id("wang"), into=account_id("li"), merged_at=NOW)
    assert [one.account_id for one in remind(post)] == [account_id("li")]


def test_the_link_is_known_by_its_secret_and_to_the_gateway_only(post: Post, secret: str) -> None:
    found = post.ask(GATEWAY, "get_reminded", EVENING, secret=secret)
    assert (found["subject_type"], found["subject_id"]) == ("booking", str(UUID(int=7)))
    assert found["name"]["zh-CN"] == "羽毛球1号场" and found["account_id"] == str(account_id("wang"))
    with pytest.raises(Forbidden):
        post.ask(ADMIN, "get_reminded", EVENING, secret=secret)
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", EVENING, secret=secret[:-1] + "!")
    stored = post.rows("SELECT reminder::text AS row FROM reminder")[0].row
    inbox = post.rows("SELECT body FROM notification WHERE channel = 'in_app'")[0].body
    assert secret not in stored and secret not in inbox


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("booking.cancelled.v1", CALLED_OFF),
        ("booking.rescheduled.v1", {"starts_at": STARTS + DAY}),
        ("booking.rescheduled.v1", {"space_name": {"zh-CN": "羽毛球2号场"}}),
    ],
    ids=["cancelled", "moved", "elsewhere"],
)
def test_the_link_is_void_after_a_change(post: Post, secret: str, type_: str, more: dict[str, Any]) -> None:
    hear(post, type_, 2, booking(booking_id=UUID(int=7)) | more, EVENING)
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", EVENING, secret=secret)


def test_the_link_is_void_once_it_has_begun(post: Post, secret: str) -> None:
    assert post.ask(GATEWAY, "get_reminded", STARTS - timedelta(seconds=1), secret=secret)
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", STARTS, secret=secret)


def question(**more: Any) -> dict[str, Any]:
    about = {"question_id": UUID(int=9), "resident_id": account_id("wang"), "space_name": {"zh-CN": "羽毛球1号场"}}
    times = {"starts_at": STARTS + DAY, "ends_at": STARTS + DAY + HOUR, "answer_by": STARTS}
    return about | times | more


def test_who_is_moved_by_a_closure_is_told_once_with_the_question(post: Post, site: None) -> None:
    """The message about the move says that they are asked, so it tells nobody."""
    post.prove("wang", "sms", PHONE)
    was = {"previous_starts_at": STARTS, "previous_ends_at": STARTS + HOUR, "previous_space_name": {"zh-CN": "台球室"}}
    moved = question(**was, closure_reason={"zh-CN": "设备维护"}, frees=False, answer_by=STARTS + DAY, series_id=None)
    hear(post, "booking.need_asked.v1", 1, moved, EVENING - DAY)
    assert len(remind(post, EVENING - DAY)) == 2 and told(post) == ["moved_reminder"]
    secret = links(post)[0].rsplit("/", 1)[1]
    assert post.ask(GATEWAY, "get_reminded", STARTS, secret=secret)["subject_type"] == "question"
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", STARTS + DAY, secret=secret)


def test_a_question_is_sent_at_once_by_all_ways_with_a_link_until_its_deadline(post: Post, site: None) -> None:
    """Silence has a price, so also who wants no reminders is asked."""
    post.prove("wang", "sms", PHONE)
    choose(post, "off")
    asked = EVENING - DAY
    hear(post, "booking.need_asked.v1", 1, question(), asked)
    assert len(remind(post, asked)) == 2 and remind(post, asked) == []
    assert told(post) == ["question_reminder"] and post.states("sms") == ["queued"]
    secret = links(post)[0].rsplit("/", 1)[1]
    found = post.ask(GATEWAY, "get_reminded", STARTS - timedelta(seconds=1), secret=secret)
    assert (found["subject_type"], found["subject_id"]) == ("question", str(UUID(int=9)))
    assert datetime.fromisoformat(found["answer_by"]) == STARTS
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", STARTS, secret=secret)
    hear(post, "booking.need_settled.v1", 2, question(), asked)
    with pytest.raises(ReminderLinkVoid):
        post.ask(GATEWAY, "get_reminded", asked, secret=secret)
    assert post.states("sms") == ["cancelled"], "an answer over the page overtakes the text message"


def test_a_question_that_was_answered_before_it_was_sent_is_not_sent(post: Post) -> None:
    hear(post, "booking.need_settled.v1", 2, question(), EVENING)
    hear(post, "booking.need_asked.v1", 1, question(), EVENING)
    assert remind(post) == [] and states(post) == ["dropped"]


def test_a_question_waits_for_the_morning(post: Post) -> None:
    night, morning = datetime(2026, 3, 5, 15, tzinfo=UTC), datetime(2026, 3, 6, 0, tzinfo=UTC)
    hear(post, "booking.need_asked.v1", 1, question(), night)
    assert remind(post, night) == [] and len(remind(post, morning)) == 1


def test_an_sms_that_waits_is_not_sent_after_the_cancellation(post: Post, secret: str) -> None:
    hear(post, "booking.cancelled.v1", 2, booking(booking_id=UUID(int=7)) | CALLED_OFF, EVENING)
    assert post.states("sms") == ["cancelled"]


def test_an_sms_that_waits_is_not_sent_after_the_start(post: Post, secret: str) -> None:
    sender.send_next(post.engine, SmsChannel(Sink(post.engine)), clock=lambda _: STARTS)
    assert post.states("sms") == ["cancelled"]


def test_without_an_address_of_the_pages_there_is_no_link(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    choose(post, "sms")
    hear(post, "booking.confirmed.v1", 1, booking())
    remind(post)
    assert post.states("sms") == ["queued"] and links(post) == []
    assert post.rows("SELECT secret_hash FROM reminder")[0].secret_hash is None


def test_old_reminders_go(post: Post) -> None:
    hear(post, "booking.confirmed.v1", 1, booking())
    delete_expired(post.engine, upkeep.expiries(), STARTS + upkeep.REMINDERS_KEPT - HOUR)
    assert states(post) == ["waiting"]
    delete_expired(post.engine, upkeep.expiries(), STARTS + upkeep.REMINDERS_KEPT + HOUR)
    assert states(post) == []
