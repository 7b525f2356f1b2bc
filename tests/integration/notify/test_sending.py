"""What is queued is sent once: leases, retries, order, and what happens to a sender that dies."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from services.notify import outgoing
from services.notify.channels import AnswerLost, Rejected, TryAgain
from services.notify.channels.sink import Sink
from services.notify.channels.sms import SmsChannel
from services.notify.channels.sms_providers import provider_of
from services.notify.models import Notification
from services.notify.models.delivery import LEASE, RETRY_AFTER
from services.notify.outgoing import Parcel
from services.notify.sender import give_up_overdue, send_next
from tests.integration.notify.conftest import CALLED_OFF, NOW, PHONE, Post, booking, resident


class Provider:
    """Stands for the other side: remembers what it is given, and answers as it is told."""

    name = "sms"

    def __init__(self, *answers: BaseException | Callable[[], None] | None) -> None:
        self.given: list[Parcel] = []
        self._answers = list(answers)

    def send(self, parcel: Parcel) -> str | None:
        self.given.append(parcel)
        answer = self._answers.pop(0) if self._answers else None
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            answer()
        return "ref-1"


class Killed(BaseException):
    """The process ends here: nothing after it is written down."""


def clock_at(now: datetime) -> Callable[[Session], datetime]:
    return lambda _session: now


def queue_one(post: Post, name: str = "wang", phone: str = PHONE, **more: Any) -> UUID:
    """A booking that the centre cancelled, to be told by SMS."""
    post.prove(name, "sms", phone)
    return post.hear("booking.cancelled.v1", booking(name, **CALLED_OFF, **more))[-1].id


def send(post: Post, provider: Provider, now: datetime = NOW) -> bool:
    return send_next(post.engine, provider, clock_at(now))


def last_published(post: Post) -> tuple[str, str | None]:
    type_, data = post.published()[-1]
    assert data["channel"] == "sms"
    return type_, data.get("reason")


def test_what_no_key_opens_any_more_does_not_hold_up_the_others(post: Post) -> None:
    lost, queued, provider = queue_one(post), queue_one(post, "li", "+8619900000002"), Provider()
    with transaction(post.engine) as session:
        session.get_one(Notification, lost).sealed = Fernet(Fernet.generate_key()).encrypt(b"{}")
    assert send(post, provider) is True
    assert send(post, provider) is True
    assert [parcel.id for parcel in provider.given] == [queued]
    assert (post.notification(lost).state, post.notification(lost).detail) == ("cancelled", "undecryptable")


def test_a_delivered_sms_is_announced(post: Post) -> None:
    queued, provider = queue_one(post), Provider()
    assert send(post, provider) is True
    assert send(post, provider) is False
    [parcel] = provider.given
    assert (parcel.id, parcel.attempt, parcel.address) == (queued, 1, "+8619900000001")
    assert parcel.body.startswith("【邻里】很抱歉") and parcel.variables["space_name"] == "羽毛球1号场"
    sent = post.notification(queued)
    assert (sent.state, sent.provider_reference, sent.settled_at) == ("delivered", "ref-1", NOW)
    assert last_published(post) == ("notification.sent.v1", None)


def test_no_transaction_is_open_while_the_provider_is_spoken_to(post: Post) -> None:
    queue_one(post)
    open_ones: list[int] = []

    def look() -> None:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        open_ones.append(post.rows(query)[0].count)

    send(post, Provider(look))
    assert open_ones == [0]


def test_a_passing_failure_is_tried_again_when_its_time_has_come(post: Post) -> None:
    queued, provider = queue_one(post), Provider(TryAgain("busy"))
    assert send(post, provider) is False  # the provider is left alone for a moment
    waiting = post.notification(queued)
    assert (waiting.state, waiting.detail, waiting.attempts) == ("queued", "busy", 1)
    assert waiting.next_attempt_at is not None and waiting.next_attempt_at >= NOW + RETRY_AFTER[0]
    assert send(post, provider, NOW + RETRY_AFTER[0] - timedelta(seconds=1)) is False
    assert len(provider.given) == 1
    assert send(post, provider, waiting.next_attempt_at) is True
    assert [parcel.attempt for parcel in provider.given] == [1, 2]
    assert provider.given[0].id == provider.given[1].id
    assert post.states("sms") == ["delivered"]


def test_a_refusal_for_good_is_not_tried_again(post: Post) -> None:
    queued = queue_one(post)
    send(post, Provider(Rejected("blocked")))
    failed = post.notification(queued)
    assert (failed.state, failed.reason, failed.detail, failed.sealed) == ("failed", "rejected", "blocked", None)
    assert last_published(post) == ("notification.failed.v1", "rejected")


def test_it_is_given_up_after_the_last_attempt(post: Post) -> None:
    queued, now = queue_one(post), NOW
    provider = Provider(*(TryAgain("busy") for _ in range(len(RETRY_AFTER) + 1)))
    for _ in RETRY_AFTER:
        send(post, provider, now)
        now = post.notification(queued).next_attempt_at or now
    assert post.states("sms") == ["queued"]
    send(post, provider, now)
    assert post.states("sms") == ["failed"]
    assert last_published(post) == ("notification.failed.v1", "gave_up")


@pytest.mark.parametrize("answer", [AnswerLost("timeout"), RuntimeError("the provider's client is broken")])
def test_a_lost_answer_is_never_sent_again(post: Post, answer: Exception) -> None:
    queue_one(post)
    provider = Provider(answer)
    send(post, provider)
    assert post.states("sms") == ["unknown"]
    assert last_published(post) == ("notification.failed.v1", "unknown")
    assert send(post, provider, NOW + timedelta(days=2)) is False
    assert len(provider.given) == 1


def test_what_a_dead_sender_had_in_hand_becomes_unknown(post: Post) -> None:
    queued, provider = queue_one(post), Provider(Killed())
    with pytest.raises(Killed):
        send(post, provider)
    assert post.states("sms") == ["sending"]
    assert give_up_overdue(post.engine, clock_at(NOW + LEASE)) is False
    assert send(post, provider, NOW + LEASE * 2) is False  # nobody takes it over
    assert give_up_overdue(post.engine, clock_at(NOW + LEASE + timedelta(seconds=1))) is True
    lost = post.notification(queued)
    assert (lost.state, lost.reason, lost.detail) == ("unknown", "unknown", "lease_ran_out")
    assert last_published(post) == ("notification.failed.v1", "unknown")
    assert send(post, provider, NOW + LEASE * 2) is False
    assert len(provider.given) == 1


@pytest.mark.parametrize(
    ("late", "state", "announced"),
    [
        (None, "delivered", [("notification.failed.v1", 3), ("notification.sent.v1", 4)]),
        (Rejected("blocked"), "failed", [("notification.failed.v1", 3), ("notification.failed.v1", 4)]),
        (TryAgain("busy"), "failed", [("notification.failed.v1", 3), ("notification.failed.v1", 4)]),
        (AnswerLost("timeout"), "unknown", [("notification.failed.v1", 3)]),
    ],
)
def test_the_late_answer_of_an_attempt_counts(
    post: Post, late: Exception | None, state: str, announced: list[tuple[str, int]]
) -> None:
    queued = queue_one(post)

    def answer_after_the_lease() -> None:
        assert give_up_overdue(post.engine, clock_at(NOW + LEASE * 2))
        if late:
            raise late

    send(post, Provider(answer_after_the_lease))
    assert post.states("sms") == [state]
    query = "SELECT type, version FROM outbox WHERE aggregate_id = :id ORDER BY seq"
    assert [(row.type, row.version) for row in post.rows(query, id=queued)] == announced


def test_the_answer_of_an_earlier_attempt_does_not_settle_a_later_one(post: Post) -> None:
    """An operator may have put it back into the queue by hand."""
    queued = queue_one(post)

    def meanwhile_taken_again() -> None:
        with post.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE notification SET attempts = attempts + 1")

    send(post, Provider(meanwhile_taken_again))
    assert (post.notification(queued).state, post.notification(queued).attempts) == ("sending", 2)


def test_many_senders_never_send_the_same_twice(post: Post) -> None:
    queued = {queue_one(post, f"resident-{number}", f"199000000{number:02}") for number in range(1, 31)}
    provider, start = Provider(), threading.Barrier(4)

    def work(_number: int) -> None:
        start.wait()
        while send_next(post.engine, provider):
            pass

    with ThreadPoolExecutor(4) as senders:
        list(senders.map(work, range(4)))  # none of them stumbles over another, either
    send_next(post.engine, provider)  # whatever the last ones passed over
    assert sorted(parcel.id for parcel in provider.given) == sorted(queued)
    assert set(post.states("sms")) == {"delivered"}


def test_what_one_is_told_of_one_thing_keeps_its_order(post: Post) -> None:
    """While the first waits for its next attempt the second waits too; another thing does not."""
    about = {"registration_id": uuid4(), "title": {"zh-CN": "乒乓球趣味赛"}, "location": "一楼", "seats": 1}
    session = {name: booking()[name] for name in ("resident_id", "starts_at", "ends_at")}
    post.prove("wang", "sms", PHONE)
    first = post.hear("registration.promoted.v1", {**about, **session})[-1].id
    second = post.hear("registration.cancelled.v1", {**about, **session, **CALLED_OFF})[-1].id
    other = queue_one(post)
    provider = Provider(TryAgain("busy"))
    send(post, provider)
    send(post, provider)
    assert [parcel.id for parcel in provider.given] == [first, other]
    assert send(post, provider) is False
    later = NOW + RETRY_AFTER[0] * 2
    assert [send(post, provider, later), send(post, provider, later), send(post, provider, later)] == [True, True, False]
    assert [parcel.id for parcel in provider.given] == [first, other, first, second]


def test_what_has_nowhere_to_go_any_more_is_cancelled(post: Post) -> None:
    queued, provider = queue_one(post), Provider()
    [point] = post.ask(resident("wang"), "list_contact_points")["items"]
    post.ask(resident("wang"), "remove_contact_point", contact_point_id=point["id"])
    assert send(post, provider) is True
    assert provider.given == []
    cancelled = post.notification(queued)
    assert (cancelled.state, cancelled.detail, cancelled.sealed) == ("cancelled", "no_contact_point", None)


def test_the_clock_of_leases_is_the_databases(post: Post) -> None:
    with Session(post.engine) as session:
        ours, theirs = outgoing.database_clock(session), session.scalar(text("SELECT now()"))
    assert ours.utcoffset() == timedelta() and abs(ours - theirs) < timedelta(seconds=5)


def test_queueing_wakes_the_senders_of_the_channel(post: Post) -> None:
    connection = post.engine.raw_connection()
    connection.cursor().execute("LISTEN notify_sms")
    connection.commit()
    queue_one(post)
    [notify] = connection.driver_connection.notifies(timeout=5, stop_after=1)
    connection.close()
    assert notify.channel == "notify_sms"


def test_the_sink_takes_the_same_sms_once(post: Post) -> None:
    queued = queue_one(post)
    sink = Provider()
    send(post, sink)
    channel = SmsChannel(Sink(post.engine))
    for _ in range(2):
        assert channel.send(sink.given[0]) == f"sink:{queued}"
    assert len(post.rows("SELECT 1 FROM sink_message")) == 1


def test_a_provider_that_is_not_installed_is_named(post: Post) -> None:
    with pytest.raises(LookupError, match="LINLI_SMS_PROVIDER=carrier-pigeon is not installed; there are: sink"):
        provider_of("carrier-pigeon", post.engine)


def test_an_installed_provider_is_found_by_its_entry_point(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    ours = EntryPoint("own", "tests.integration.notify.test_sending:Provider", "linli.sms_providers")
    monkeypatch.setattr(
        "services.notify.channels.sms_providers.entry_points", lambda group: [ours] if group == ours.group else []
    )
    assert type(provider_of("own", post.engine)).__name__ == "Provider"
