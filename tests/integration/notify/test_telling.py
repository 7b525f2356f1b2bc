"""From a message to the people it concerns, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.database.engine import transaction
from chassis.messaging import inbox
from chassis.rpc.call import Call
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.notify import upkeep
from services.notify.notifications.models import Notification
from services.notify.routing.messages import BOOKING_READERS
from services.notify.routing.use_cases import notify_recipients
from services.notify.settings import notify_settings
from tests.integration.notify.conftest import CALLED_OFF, NOW, PHONE, Post, account_id, booking, case, resident
from tests.patience import eventually
from tests.uuid7 import uuid7_of


def test_a_booking_is_told_in_the_app_at_once(post: Post) -> None:
    data, event_id = booking(), uuid4()
    post.hear("booking.confirmed.v1", data, event_id)
    answer = post.ask(resident("wang"), "list_notifications")
    assert answer["unread_count"] == 1 and answer["next_cursor"] is None
    [item] = answer["items"]
    assert (item["template"], item["channel"], item["state"]) == ("booking_confirmed", "in_app", "delivered")
    assert item["title"] == "预约成功：羽毛球1号场"
    assert "3月7日（周六）09:00–11:00" in item["body"]
    assert (item["subject_type"], item["subject_id"]) == ("booking", str(data["booking_id"]))
    assert item["created_at"] == NOW.isoformat() and item["read_at"] is None
    assert post.published() == [
        (
            "notification.sent.v1",
            {
                "notification_id": item["id"],
                "account_id": str(account_id("wang")),
                "channel": "in_app",
                "template": "booking_confirmed",
                "source_event_id": str(event_id),
                "subject_type": "booking",
                "subject_id": str(data["booking_id"]),
            },
        )
    ]


@pytest.mark.parametrize(
    ("type_", "facts", "title"),
    [
        ("booking.series_booked.v1", {"refused": 2}, "重复预约成功：羽毛球1号场"),
        ("booking.series_changed.v1", {"kept": 1, "moved_by": "resident"}, "重复预约已更改：羽毛球1号场"),
        ("booking.series_changed.v1", {"kept": 0, "moved_by": "staff"}, "中心更改了您的重复预约：羽毛球1号场"),
        ("booking.series_cancelled.v1", {"cancelled_by": "resident"}, "重复预约已取消：羽毛球1号场"),
        ("booking.series_cancelled.v1", {"cancelled_by": "staff"}, "重复预约被取消：羽毛球1号场"),
    ],
)
def test_a_series_is_told_once(post: Post, type_: str, facts: dict[str, Any], title: str) -> None:
    series_id = uuid4()
    about = {"series_id": series_id, "dates": 4, "last_starts_at": NOW}
    post.hear(type_, booking(**about, **facts), uuid4())
    [item] = post.ask(resident("wang"), "list_notifications")["items"]
    assert (item["title"], item["subject_type"], item["subject_id"]) == (title, "series", str(series_id))
    assert "4次" in item["body"] and "3月7日（周六）09:00–11:00" in item["body"]
    assert [data["subject_type"] for _, data in post.published()] == ["series"]
    post.hear("booking.confirmed.v1", booking(told_by_series=True), uuid4())
    assert len(post.ask(resident("wang"), "list_notifications")["items"]) == 1


def test_a_message_that_comes_again_tells_nobody_again(post: Post) -> None:
    """Through the inbox of the chassis, as it would be redelivered by the broker."""
    data = booking()
    event_id = uuid4()

    def deliver(session: Session) -> None:
        notify_recipients(Call(session, NOW), "booking.confirmed.v1", event_id, "liuyi", data)

    delivery = inbox.Delivery("notify.tell_of_booking", event_id, str(data["booking_id"]), {}, b"{}")
    assert [inbox.receive(post.engine, delivery, deliver) for _ in range(3)] == ["handled", "duplicate", "duplicate"]
    assert post.ask(resident("wang"), "list_notifications")["unread_count"] == 1
    assert len(post.published()) == 1


def test_a_message_that_comes_again_after_its_receipt_is_gone_tells_nobody_again(post: Post, email_on: None) -> None:
    post.prove("wang", "sms", PHONE)
    post.prove("wang", "email", "wang@example.com")
    data, event_id = booking(**CALLED_OFF), uuid4()
    assert len(post.hear("booking.cancelled.v1", data, event_id)) == 3
    assert post.hear("booking.cancelled.v1", data, event_id) == []
    assert (post.states("in_app"), post.states("email"), post.states("sms")) == (["delivered"], ["queued"], ["queued"])
    assert post.ask(resident("wang"), "list_notifications")["unread_count"] == 1


@pytest.mark.parametrize("event_id", [uuid4(), uuid7_of(datetime.now(UTC))], ids=["random", "of a time"])
def test_the_database_itself_refuses_a_second_one(post: Post, event_id: UUID) -> None:
    """In the default partition and in that of a period."""
    [told] = post.hear("booking.confirmed.v1", booking(), event_id)
    columns = ("community_id", "event_id", "account_id", "template", "language")
    twin = Notification.in_inbox(NOW, **{name: getattr(told, name) for name in columns})
    once = r"Key \(community_id, event_id, account_id, channel, template\)=.* already exists"
    with pytest.raises(IntegrityError, match=once), transaction(post.engine) as session:
        session.add(twin)


def test_the_same_message_in_two_threads_tells_once(post: Post) -> None:
    post.ask(resident("wang"), "set_language", language="en")  # so that making the row is not what they wait for
    data, event_id = booking(), uuid4()
    start = threading.Barrier(4)

    def hear(_number: int) -> int:
        start.wait()
        return len(post.hear("booking.confirmed.v1", data, event_id))

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(hear, range(4))) == [0, 0, 0, 1]
    assert post.ask(resident("wang"), "list_notifications")["unread_count"] == 1


def test_only_what_matters_goes_out_by_sms_and_only_to_proven_phones(post: Post) -> None:
    post.hear("booking.cancelled.v1", booking("wang", **CALLED_OFF))
    post.ask(resident("li"), "put_contact_point", channel="sms", address="19900000002")
    post.hear("booking.cancelled.v1", booking("li", **CALLED_OFF))
    assert post.states("sms") == []
    post.prove("wang", "sms", PHONE)
    post.hear("booking.confirmed.v1", booking("wang"))
    post.hear("booking.cancelled.v1", booking("wang", cancelled_by="resident"))
    assert post.states("sms") == []
    post.hear("booking.cancelled.v1", booking("wang", **CALLED_OFF))
    assert post.states("sms") == ["queued"]


def test_email_goes_out_where_there_is_a_mail_server(post: Post) -> None:
    post.prove("wang", "email", "wang@example.com")
    post.hear("booking.confirmed.v1", booking())
    assert post.states("email") == []


def test_email_is_queued_and_announced_only_when_sent(post: Post, email_on: None) -> None:
    post.prove("wang", "email", "wang@example.com")
    post.hear("booking.confirmed.v1", booking())
    assert post.states("email") == ["queued"]
    assert [data["channel"] for _, data in post.published()] == ["in_app"]


def test_everybody_is_told_in_their_language(post: Post) -> None:
    post.ask(resident("wang"), "set_language", language="en")
    post.prove("li", "sms", "19900000002", language="en")
    for name in ("wang", "li", "zhang"):
        post.hear("booking.confirmed.v1", booking(name))
    titles = [post.ask(resident(name), "list_notifications")["items"][0]["title"] for name in ("wang", "li", "zhang")]
    assert titles == ["Booked: Badminton court 1"] * 2 + ["预约成功：羽毛球1号场"]


def test_a_dispatched_case_is_told_to_reporter_and_handler(post: Post) -> None:
    department = {"zh-CN": "市政养护所", "en": "Public works"}
    who = {"reporter_id": account_id("wang"), "handler_id": account_id("handler")}
    post.hear("case.dispatched.v1", case(department_name=department, **who))
    [to_wang] = post.ask(resident("wang"), "list_notifications")["items"]
    [to_handler] = post.ask(resident("handler"), "list_notifications")["items"]
    assert (to_wang["template"], to_handler["template"]) == ("case_dispatched", "case_assigned")


def test_an_anonymous_case_tells_nobody(post: Post) -> None:
    assert post.hear("case.settled.v1", case()) == []


def test_what_the_handler_of_a_message_reads_is_what_the_publisher_sends(post: Post) -> None:
    """The service's own entrypoint, from the bytes on the wire."""
    from chassis.messaging.received import read
    from services.notify.service import NotifyService

    body: dict[str, Any] = {name: str(value) if name.endswith("_id") else value for name, value in booking().items()}
    headers = {
        "ce-id": str(uuid4()),
        "ce-type": "booking.confirmed.v1",
        "ce-source": "booking",
        "ce-subject": body["booking_id"],
        "ce-sequence": "1",
        "ce-communityid": "liuyi",
        "ce-time": NOW.isoformat(),
    }
    received = read(headers, orjson.dumps(body), BOOKING_READERS)
    with transaction(post.engine) as session:
        NotifyService.tell_of_booking.__wrapped__(None, Call(session, NOW), received)
    assert post.states("in_app") == ["delivered"]


def test_the_order_of_an_inbox_is_the_order_of_commits(post: Post) -> None:
    """Who draws the next number must wait until the number before is visible: a reader that goes on after the last
    one it saw would otherwise miss one that commits late."""
    post.ask(resident("wang"), "set_language", language="en")
    with Session(post.engine, expire_on_commit=False) as slow, slow.begin():
        [first] = notify_recipients(Call(slow, NOW), "booking.confirmed.v1", uuid4(), "liuyi", booking())
        second: list[Notification] = []
        hurry = threading.Thread(target=lambda: second.extend(post.hear("booking.confirmed.v1", booking())))
        hurry.start()
        eventually(partial(_somebody_waits, post))
        assert post.ask(resident("wang"), "list_notifications")["items"] == []
    hurry.join()
    assert first.seq < second[0].seq


def _somebody_waits(post: Post) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
    with post.engine.connect() as connection:
        return connection.execute(text(query)).first() is not None


def test_old_notifications_go_and_what_is_still_to_be_sent_stays(post: Post) -> None:
    post.prove("wang", "sms", PHONE)
    post.hear("booking.cancelled.v1", booking(**CALLED_OFF))
    kept = timedelta(days=notify_settings().keep_notifications_days)
    states = "SELECT state FROM notification ORDER BY state"
    assert [row.state for row in post.rows(states)] == ["delivered", "queued"]
    delete_expired(post.engine, upkeep.expiries(), NOW + kept - timedelta(days=1))
    assert len(post.rows(states)) == 2
    delete_expired(post.engine, upkeep.expiries(), NOW + kept + timedelta(days=1))
    assert [row.state for row in post.rows(states)] == ["queued"]


@pytest.mark.parametrize(
    ("won", "free", "told"),
    [
        (1, 0, "得到：羽毛球1号场，3月7日（周六）09:00–11:00。"),
        (2, 0, "羽毛球1号场，3月7日（周六）09:00–11:00；羽毛球1号场，3月7日（周六）09:00–11:00"),
        (0, 1, "先到先得：羽毛球1号场，3月7日（周六）09:00–11:00"),
        (0, 0, "没有抽到"),
    ],
)
def test_what_became_of_an_entry_to_a_lottery_is_told_with_its_times(post: Post, won: int, free: int, told: str) -> None:
    time = {name: value for name, value in booking().items() if name in ("space_name", "starts_at", "ends_at")}
    entry = {"lottery_id": uuid4(), "resident_id": booking()["resident_id"], "title": {"zh-CN": "周末晚上"}, "number": 7}
    post.hear("booking.lottery_drawn.v1", entry | {"won": [time] * won, "still_free": [time] * free}, uuid4())
    [item] = post.ask(resident("wang"), "list_notifications")["items"]
    assert told in item["body"] and "7号" in item["body"] and item["subject_type"] == "lottery"


@pytest.mark.parametrize(
    ("type_", "facts", "title"),
    [
        ("booking.requested.v1", {"answer_by": NOW, "approver_ids": []}, "申请已收到：羽毛球1号场"),
        ("booking.confirmed.v1", {"accepted": True}, "申请已同意：羽毛球1号场"),
        (
            "booking.declined.v1",
            {
                "reason_words": {"zh-CN": "中心另有安排", "en": "The centre needs the space"},
                "alternatives": [{"space_id": "x"}],
            },
            "申请未获同意：羽毛球1号场",
        ),
        ("booking.request_lapsed.v1", {}, "申请已失效：羽毛球1号场"),
    ],
)
def test_what_became_of_a_request_is_told(post: Post, type_: str, facts: dict[str, Any], title: str) -> None:
    post.hear(type_, booking(**facts), uuid4())
    [item] = post.ask(resident("wang"), "list_notifications")["items"]
    assert item["title"] == title and "3月7日（周六）09:00–11:00" in item["body"]


def test_staff_of_a_space_are_told_once_and_not_of_what_they_have_muted(post: Post) -> None:
    clerk = Identity(party="staff", account_id=str(account_id("clerk")), roles=frozenset({"clerk"}), community_id="liuyi")
    data, event_id = booking(staff_ids=[account_id("clerk")]), uuid4()
    for _ in range(2):
        post.hear("booking.confirmed.v1", data, event_id)
    assert [item["title"] for item in post.ask(clerk, "list_notifications")["items"]] == ["新预约：羽毛球1号场"]
    assert post.ask(clerk, "get_staff_messages") == {"muted": []}
    post.ask(clerk, "choose_staff_messages", muted=["new", "tomorrow"])
    assert post.ask(clerk, "get_staff_messages") == {"muted": ["new", "tomorrow"]}
    post.hear("booking.confirmed.v1", data, uuid4())
    post.hear("booking.cancelled.v1", data | {"cancelled_by": "resident"}, uuid4())
    titles = [item["title"] for item in post.ask(clerk, "list_notifications")["items"]]
    assert titles == ["已取消：羽毛球1号场", "新预约：羽毛球1号场"]
    assert len(post.ask(resident("wang"), "list_notifications")["items"]) == 3, "residents hear as before"


def test_residents_have_nothing_to_mute(post: Post) -> None:
    with pytest.raises(Forbidden):
        post.ask(resident("wang"), "get_staff_messages")


def test_the_list_of_the_next_day_names_times_and_numbers(post: Post) -> None:
    clerk = Identity(party="staff", account_id=str(account_id("clerk")), roles=frozenset({"clerk"}), community_id="liuyi")
    one = {"space_name": {"zh-CN": "羽毛球1号场", "en": "Court 1"}, "attendees": 4, "number": "6C1B9E4F"}
    times = {name: booking()[name] for name in ("starts_at", "ends_at")}
    data = {"day_list_id": uuid4(), "staff_ids": [account_id("clerk")], "day": date(2026, 3, 7), "corrects": False}
    post.hear("booking.day_listed.v1", data | {"count": 2, "bookings": [one | times]}, uuid4())
    post.hear("booking.day_listed.v1", data | {"corrects": True, "count": 0, "bookings": []}, uuid4())
    second, first = post.ask(clerk, "list_notifications")["items"]
    assert first["title"] == "3月7日的预约，共2个" and first["subject_type"] == "day_list"
    assert first["body"].splitlines() == ["3月7日（周六）09:00–11:00 羽毛球1号场，4人，6C1B9E4F", "还有1个，请登录查看。"]
    assert second["title"].startswith("有变动：") and second["body"].splitlines()[-1] == "没有预约。"


CLERK = Identity(party="staff", account_id=str(account_id("clerk")), roles=frozenset({"clerk"}), community_id="liuyi")


@pytest.mark.parametrize(
    ("type_", "title"),
    [
        ("case.reported.v1", "新事项：LY-20260302-0007"),
        ("case.dispatched.v1", "新派单：LY-20260302-0007"),
        ("case.returned.v1", "退回窗口：LY-20260302-0007"),
        ("case.disputed.v1", "居民不认可：LY-20260302-0007"),
        ("case.reopened.v1", "重新办理：LY-20260302-0007"),
        ("case.upheld.v1", "维持原结果：LY-20260302-0007"),
        ("case.answered.v1", "居民已补充：LY-20260302-0007"),
        ("case.suspended.v1", "已挂账：LY-20260302-0007"),
        ("case.resumed.v1", "恢复办理：LY-20260302-0007"),
        ("case.withdrawn.v1", "居民已撤回：LY-20260302-0007"),
        ("case.voided.v1", "已作废：LY-20260302-0007"),
    ],
)
def test_the_staff_whom_a_message_about_a_case_names_are_told_once(post: Post, type_: str, title: str) -> None:
    data, event_id = case(staff_ids=[account_id("clerk")], department_name={"zh-CN": "市政养护所"}), uuid4()
    for _ in range(2):
        post.hear(type_, data, event_id)
    [item] = post.ask(CLERK, "list_notifications")["items"]
    assert (item["title"], item["subject_id"]) == (title, str(data["case_id"]))
    assert "路灯照明" in item["body"]
    post.ask(CLERK, "choose_staff_messages", muted=["cases"])
    post.hear(type_, data, uuid4())
    assert len(post.ask(CLERK, "list_notifications")["items"]) == 1


@pytest.mark.parametrize(
    "type_",
    ["case.dispatched.v1", "case.answered.v1", "case.suspended.v1", "case.resumed.v1", "case.withdrawn.v1", "case.voided.v1"],
)
def test_a_handler_cannot_mute_the_own_cases_and_is_not_told_of_the_own_step(post: Post, type_: str) -> None:
    post.ask(CLERK, "choose_staff_messages", muted=["cases"])
    data = case(handler_id=account_id("clerk"), department_name={"zh-CN": "市政养护所"})
    assert [one.account_id for one in post.hear(type_, data)] == [account_id("clerk")]
    assert post.hear(type_, data | {"by_handler": True}, uuid4()) == []
