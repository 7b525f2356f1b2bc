"""Live updates: told once, in order, from where the listener left off, and only while they may listen."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from chassis.database.engine import reading, transaction
from chassis.messaging.received import Received
from chassis.rpc.call import Call, Unavailable
from chassis.rpc.context import CallContext
from chassis.rpc.refusal import Invalid
from gateway.consents.models import GRACE
from gateway.directory import use_cases as directory
from gateway.directory.file import show
from gateway.http import community
from gateway.streams import sse
from gateway.streams.hub import Hub
from gateway.streams.messages import BATCH
from services.notify.feed import old_feed
from services.notify.feed import storage as feed
from services.notify.feed import use_cases as feed_use_cases
from services.notify.interface.feed import READ_FEED, Place
from tests.conftest import DatabaseOf
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices, refused

SignIn = Callable[[str], Caller]


@pytest.fixture(autouse=True)
def quick_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heartbeats at once, so that a test never waits for one."""
    monkeypatch.setattr(sse, "HEARTBEAT", 0.01)


def chunks(answer: TestResponse) -> Iterator[str]:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/event-stream"
    return (chunk.decode() for chunk in answer.iter_encoded())


def events(answer: TestResponse, count: int) -> list[tuple[str, str, dict[str, Any]]]:
    """The next `count` events as (id, type, data)."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for chunk in chunks(answer):
        if "data: " in chunk:
            lines = dict(line.split(": ", 1) for line in chunk.strip().splitlines())
            found.append((lines["id"], lines["event"], orjson.loads(lines["data"])))
        if len(found) == count:
            break
    answer.close()
    return found


# --- one's own notifications ---


class Inbox:
    """notify's inbox of one account; ids in order."""

    def __init__(self, services: FakeServices) -> None:
        self.ids = [str(UUID(int=n)) for n in range(1, 4)]
        services.on("notify", "list_notifications", self)

    def __call__(self, payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        context.identity.signed_in()
        if after := payload.get("after"):
            if after not in self.ids:
                raise refused(Invalid(errors=[{"field": "after", "code": "unknown_notification", "message": "?"}]))
            found = self.ids[self.ids.index(after) + 1 :]
        else:
            found = list(reversed(self.ids))
        return {"items": [{"id": id_, "title": "…"} for id_ in found[: payload["limit"]]], "next_cursor": None}

    def add(self) -> str:
        self.ids.append(str(UUID(int=len(self.ids) + 1)))
        return self.ids[-1]


@pytest.fixture
def inbox(services: FakeServices) -> Inbox:
    return Inbox(services)


def test_a_stream_begins_with_what_comes_next(app: Flask, inbox: Inbox, sign_in: SignIn) -> None:
    answer = sign_in("wang").get("/notifications/stream", buffered=False)
    new = [inbox.add(), inbox.add()]
    assert [(id_, type_) for id_, type_, _ in events(answer, 2)] == [(new[0], "notification"), (new[1], "notification")]


def test_an_empty_inbox_misses_nothing(inbox: Inbox, sign_in: SignIn) -> None:
    inbox.ids.clear()
    answer = sign_in("wang").get("/notifications/stream", buffered=False)
    new = [inbox.add(), inbox.add()]
    assert [id_ for id_, _, _ in events(answer, 2)] == new


def test_a_stream_goes_on_where_it_was_left(inbox: Inbox, sign_in: SignIn) -> None:
    last = {"Last-Event-ID": inbox.ids[0]}
    answer = sign_in("wang").get("/notifications/stream", headers=last, buffered=False)
    assert [id_ for id_, _, _ in events(answer, 2)] == inbox.ids[1:]


@pytest.mark.parametrize("last", ["nonsense", "0192f3a4-5b6c-7d8e-9f01-23456789abcd"])
def test_a_place_that_is_not_ones_own_is_refused(app: Flask, inbox: Inbox, sign_in: SignIn, last: str) -> None:
    answer = sign_in("wang").get("/notifications/stream", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert len(app.extensions["linli.hub"]) == 0


def test_a_stream_outlives_a_service_that_is_away(services: FakeServices, inbox: Inbox, sign_in: SignIn) -> None:
    answer = sign_in("wang").get("/notifications/stream", buffered=False)
    body = chunks(answer)
    services.on("notify", "list_notifications", Unavailable())
    assert "connected" in next(body) and "still here" in next(body)
    services.on("notify", "list_notifications", inbox)
    new = inbox.add()
    assert f"id: {new}" in next(body)
    answer.close()


def test_a_stream_ends_with_its_session(inbox: Inbox, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    answer = wang.get("/notifications/stream", buffered=False)
    body = chunks(answer)
    next(body)
    wang.delete("/auth/session")
    assert list(body) == []


def test_a_stream_that_connects_again_does_not_keep_its_session_open(inbox: Inbox, sign_in: SignIn, clock: Clock) -> None:
    clerk = sign_in("clerk")
    clock.forward(hours=8)
    next(chunks(clerk.get("/notifications/stream", buffered=False)))
    clock.forward(hours=4)
    assert clerk.get("/notifications/stream").status_code == 401


def test_a_stream_notices_that_its_session_ended_elsewhere(app: Flask, inbox: Inbox, sign_in: SignIn) -> None:
    """Another replica signs out: nobody wakes this one, its heartbeat asks."""
    wang = sign_in("wang")
    body = chunks(wang.get("/notifications/stream", buffered=False))
    assert "connected" in next(body) and "still here" in next(body)
    hub, app.extensions["linli.hub"] = app.extensions["linli.hub"], Hub()
    wang.delete("/auth/session")
    assert list(body) == []
    assert len(hub) == 0


def rest_of(body: Iterator[str], most: int = 50) -> list[str]:
    """What the stream still sends. It has ended if that is less than `most`."""
    return list(islice(body, most))


@pytest.mark.parametrize("who", ["wang", "clerk"])
def test_a_stream_ends_when_the_consent_does(inbox: Inbox, sign_in: SignIn, database: Engine, who: str) -> None:
    body = chunks(sign_in(who).get("/notifications/stream", buffered=False))
    assert "connected" in next(body) and "still here" in next(body)
    with transaction(database) as session:
        session.execute(text("DELETE FROM consent"))
    inbox.add()
    sent = rest_of(body)
    if who == "wang":
        assert len(sent) < 50, "the resident has agreed to nothing now"
    else:
        assert len(sent) == 50, "staff are asked for no consent"


def test_a_stream_ends_when_its_owner_withdraws_the_consent(inbox: Inbox, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    body = chunks(wang.get("/notifications/stream", buffered=False))
    assert "connected" in next(body) and "still here" in next(body)
    assert wang.delete("/me/consents").status_code == 204
    inbox.add()
    assert len(rest_of(body)) < 50
    assert wang.get("/notifications/stream").json["code"] == "consent_needed"


def test_a_new_notice_ends_streams_when_it_must_be_agreed_to(
    app: Flask, inbox: Inbox, sign_in: SignIn, database: Engine, clock: Clock
) -> None:
    clock.now = datetime.now(UTC)  # the database says when the notice was published
    body = chunks(sign_in("wang").get("/notifications/stream", buffered=False))
    assert "connected" in next(body) and "still here" in next(body)
    with transaction(database) as session:
        call = Call(session, clock.now)
        [values] = show(call)["communities"]
        known = {name: value for name, value in values.items() if name != "grids"}
        directory.put_community(call, **known | {"privacy_notice": {"zh-CN": "新的声明"}})
    with app.test_request_context():
        community.directory_changed()
    assert len(rest_of(body)) == 50, "for some days the earlier consent is enough"
    clock.forward(days=GRACE.days, minutes=5)
    assert len(rest_of(body)) < 50


def test_streams_of_one_account_are_bounded(app: Flask, inbox: Inbox, sign_in: SignIn) -> None:
    wang = sign_in("wang")
    open_ = [wang.get("/notifications/stream", buffered=False) for _ in range(5)]
    refused_ = wang.get("/notifications/stream")
    assert (refused_.status_code, refused_.json["code"]) == (429, "streams.too_many")
    assert sign_in("li").get("/notifications/stream", buffered=False).status_code == 200
    open_[0].close()
    assert wang.get("/notifications/stream", buffered=False).status_code == 200


def test_streams_are_sent_at_once_and_never_stored(app: Flask, inbox: Inbox, sign_in: SignIn) -> None:
    environs: list[dict[str, Any]] = []
    inner = app.wsgi_app

    def recording(environ: dict[str, Any], start_response: Any) -> Any:
        environs.append(environ)
        return inner(environ, start_response)

    app.wsgi_app = recording  # type: ignore[method-assign]
    answer = sign_in("wang").get("/notifications/stream", buffered=False)
    assert environs[-1]["linli.stream"] is True  # chassis.web.server sends it piece by piece
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    answer.close()


def test_visitors_have_no_stream(visitor: Caller) -> None:
    assert visitor.get("/notifications/stream").status_code == 401


# --- the district's messages ---


@pytest.fixture
def system(sign_in: SignIn, app: Flask) -> Caller:
    body = {"label": "12345 热线", "scopes": ["messages:read"]}
    made = sign_in("admin").post("/api-keys", json=body).json
    return Caller(app.test_client(use_cookies=False), {"X-API-Key": made["secret"]}, made["id"])


def message(type_: str = "booking.confirmed.v1", *, version: int = 1, source: str = "booking") -> Received:
    occurred = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return Received(uuid4(), type_, source, str(uuid4()), version, "liuyi", occurred, {"booking_id": "…"}, {})


@pytest.fixture
def notify(database_of: DatabaseOf, services: FakeServices, clock: Clock) -> Engine:
    """notify's database. The service double reads the feed as notify does."""
    engine = database_of("notify")
    with transaction(engine) as session:
        old_feed.finish(session, Place(0, 100, 0))

    def read_feed(payload: dict[str, Any], context: CallContext) -> dict[str, Any]:
        values = READ_FEED.takes.load(payload)
        with reading(engine) as session:
            page = feed_use_cases.read_feed(Call(session, clock.now, context.identity), **values)
        answer: dict[str, Any] = READ_FEED.gives.dump(page)
        return answer

    services.on("notify", "read_feed", read_feed)
    return engine


@pytest.fixture
def publish(notify: Engine, app: Flask, clock: Clock) -> Callable[..., list[Received]]:
    def publish(*messages: Received) -> list[Received]:
        for one in messages:
            with transaction(notify) as session:
                feed.append(session, [one], clock.now)
        with reading(notify) as session:
            app.extensions["linli.hub"].feed_grew({"end": str(feed.end(session))})
        return list(messages)

    return publish


Publish = Callable[..., list[Received]]


def test_messages_come_as_cloud_events_in_order(system: Caller, publish: Publish) -> None:
    publish(message())
    answer = system.get("/messages/stream", buffered=False)
    sent = publish(message(version=3), message("case.closed.v1", source="cases"))
    told = events(answer, 2)
    assert [type_ for _, type_, _ in told] == ["booking.confirmed.v1", "case.closed.v1"]
    assert told[0][2] == {
        "specversion": "1.0",
        "id": str(sent[0].event_id),
        "source": "booking",
        "type": "booking.confirmed.v1",
        "subject": sent[0].subject,
        "time": "2026-03-02T09:00:00+00:00",
        "datacontenttype": "application/json",
        "dataschema": "urn:linli:booking.confirmed.v1",
        "partitionkey": sent[0].subject,
        "sequence": "0000000003",
        "communityid": "liuyi",
        "data": {"booking_id": "…"},
    }


def test_everything_kept_can_be_read_again_from_any_place(system: Caller, publish: Publish) -> None:
    sent = publish(*(message(version=n) for n in range(1, 6)))
    ids = [str(one.event_id) for one in sent]
    told = events(system.get("/messages/stream", headers={"Last-Event-ID": "0-0"}, buffered=False), 5)
    assert [data["id"] for _, _, data in told] == ids
    for position, (place, _, _) in enumerate(told[:-1]):
        rest = events(system.get("/messages/stream", headers={"Last-Event-ID": place}, buffered=False), 4 - position)
        assert [data["id"] for _, _, data in rest] == ids[position + 1 :]


def test_a_message_is_fed_once(publish: Publish, system: Caller) -> None:
    one, two = message(), message()
    publish(one, one, two)
    told = events(system.get("/messages/stream", headers={"Last-Event-ID": "0-0"}, buffered=False), 2)
    assert [data["id"] for _, _, data in told] == [str(one.event_id), str(two.event_id)]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("booking.confirmed.v1", ["booking.confirmed.v1"]),
        ("booking.*", ["booking.confirmed.v1", "booking.cancelled.v1"]),
        ("case.closed.v1, booking.cancelled.v1", ["booking.cancelled.v1", "case.closed.v1"]),
        ("book.*,club_event.published.v1", ["club_event.published.v1"]),
    ],
)
def test_a_filter_lets_its_types_through(system: Caller, publish: Publish, types: str, expected: list[str]) -> None:
    kinds = (
        "booking.confirmed.v1",
        "booking.cancelled.v1",
        "case.closed.v1",
        "clubXevent.published.v1",
        "club_event.published.v1",
    )
    publish(*(message(kind) for kind in kinds))
    start = {"Last-Event-ID": "0-0"}
    answer = system.get("/messages/stream", query_string={"types": types}, headers=start, buffered=False)
    assert [type_ for _, type_, _ in events(answer, len(expected))] == expected


@pytest.mark.parametrize("types", ["", ",", "*", "#", "booking.#", "Booking.*", "booking.*.v1", "booking%", "a" * 3000])
def test_a_filter_that_cannot_be_read_lets_nothing_through(app: Flask, system: Caller, notify: Engine, types: str) -> None:
    answer = system.get("/messages/stream", query_string={"types": types})
    assert answer.status_code == 422
    assert len(app.extensions["linli.hub"]) == 0


@pytest.mark.parametrize("place", ["x", "1", "1-", "-1-1", "99999999999999999999-1", "1-99999999999999999999"])
def test_a_place_that_was_never_told_is_refused(system: Caller, notify: Engine, place: str) -> None:
    assert system.get("/messages/stream", headers={"Last-Event-ID": place}).status_code == 422


def test_a_place_from_another_database_is_refused_not_waited_at(system: Caller, publish: Publish) -> None:
    """A restored database counts its transactions anew: a client that waited for a place of the old one would hear nothing."""
    publish(message())
    gone = system.get("/messages/stream", headers={"Last-Event-ID": "99999999999-0"})
    assert (gone.status_code, gone.json["code"]) == (410, "messages.cursor_expired")


def test_a_stream_asks_only_when_the_feed_has_grown(system: Caller, publish: Publish, services: FakeServices) -> None:
    publish(message())
    body = chunks(system.get("/messages/stream", buffered=False))
    for _ in range(20):
        next(body)
    assert len(services.of("read_feed")) == 1
    [sent] = publish(message())
    while str(sent.event_id) not in next(body):
        pass
    for _ in range(20):
        next(body)
    assert len(services.of("read_feed")) == 2


def test_a_stream_reads_all_that_is_there_also_if_it_knows_of_less(app: Flask, system: Caller, publish: Publish) -> None:
    """The hint that says how far the feed can be read may be late or lost."""
    sent = publish(*(message() for _ in range(BATCH + 2)))
    app.extensions["linli.hub"].feed_end = Place(0, 0, 1)
    told = events(system.get("/messages/stream", headers={"Last-Event-ID": "0-0"}, buffered=False), len(sent))
    assert [data["id"] for _, _, data in told] == [str(one.event_id) for one in sent]


def test_a_stream_of_messages_outlives_notify(system: Caller, publish: Publish, services: FakeServices) -> None:
    publish(message())
    body = chunks(system.get("/messages/stream", buffered=False))
    next(body)
    again = services.answer_of("notify", "read_feed")
    services.on("notify", "read_feed", Unavailable())
    sent = publish(message(), message())
    while len(services.of("read_feed")) < 3:
        assert "data: " not in next(body)
    services.on("notify", "read_feed", again)
    told = [next(chunk for chunk in body if "data: " in chunk) for _ in sent]
    assert all(str(one.event_id) in chunk for one, chunk in zip(sent, told, strict=True))


def test_a_quiet_listener_is_moved_on(system: Caller, publish: Publish) -> None:
    """Its filter matches nothing for days; the heartbeat's id keeps it from falling behind what is kept."""
    publish(message())
    start = {"Last-Event-ID": "0-0"}
    answer = system.get("/messages/stream?types=case.*", headers=start, buffered=False)
    body = chunks(answer)
    next(body)
    beat = next(body)
    answer.close()
    place = beat.splitlines()[0].removeprefix("id: ")
    [later] = publish(message("case.closed.v1"))
    told = events(system.get("/messages/stream", headers={"Last-Event-ID": place}, buffered=False), 1)
    assert told[0][2]["id"] == str(later.event_id)


def test_a_stream_ends_with_its_key(system: Caller, notify: Engine, sign_in: SignIn) -> None:
    body = chunks(system.get("/messages/stream", buffered=False))
    next(body)
    sign_in("admin").delete(f"/api-keys/{system.account_id}")
    assert list(body) == []


def test_head_takes_no_place(app: Flask, inbox: Inbox, sign_in: SignIn) -> None:
    answer = sign_in("wang")._send("HEAD", "/notifications/stream", {})
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert len(app.extensions["linli.hub"]) == 0
