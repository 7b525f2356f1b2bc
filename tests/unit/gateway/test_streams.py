"""Streams of one process: bounded, woken by topic, ended with what proved who listens."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from greenlet import GreenletExit

from chassis.rpc.refusal import Refused
from gateway.refusals.requests import TooManyStreams
from gateway.streams.hub import FEED, Hub
from gateway.streams.sse import Event, event_stream
from services.notify.interface.feed import Place


class Scripted:
    """Gives one batch after the other; then listening is over."""

    def __init__(self, *batches: Sequence[Event] | Exception, position: str | None = None) -> None:
        self._batches, self._position = list(batches), position

    def read(self) -> Sequence[Event]:
        batch = self._batches.pop(0) if self._batches else []
        if isinstance(batch, BaseException):
            raise batch
        return batch

    def allowed(self) -> bool:
        return bool(self._batches)

    def position(self) -> str | None:
        return self._position


def told(source: Scripted, hub: Hub | None = None) -> list[str]:
    stream = (Hub() if hub is None else hub).open("account:1", owner="1", credential_id=uuid4())  # an empty hub is false
    return [chunk.decode() for chunk in event_stream(stream, source, heartbeat=0)]


ONE, TWO = Event("1", "notification", {"title": "一"}), Event("2", "notification", {"title": "二"})


def test_events_on_the_wire() -> None:
    assert told(Scripted([ONE]))[1] == 'id: 1\nevent: notification\ndata: {"title":"一"}\n\n'


def test_a_line_break_in_the_data_stays_inside_it() -> None:
    [_, wire] = told(Scripted([Event("1", "notification", {"body": "a\nb\r\n\nevent: forged"})]))
    assert wire.count("\n") == 4 and "\r" not in wire


def test_all_that_is_there_is_told_before_waiting() -> None:
    chunks = told(Scripted([ONE], [TWO], []))
    assert [chunk.splitlines()[0] for chunk in chunks if chunk.startswith("id")] == ["id: 1", "id: 2"]


def test_a_quiet_stream_beats_with_its_position() -> None:
    assert told(Scripted([], [], position="7-8"))[1] == "id: 7-8\n: still here\n\n"
    assert told(Scripted([], []))[1] == ": still here\n\n"


def test_a_refusal_in_between_is_waited_out() -> None:
    away = Refused("service_unavailable", "unavailable", "…", {})
    assert [chunk for chunk in told(Scripted(away, [ONE], [])) if chunk.startswith("id: 1\n")]


def test_a_bug_ends_the_stream_and_gives_its_place_back() -> None:
    hub = Hub()
    with pytest.raises(ZeroDivisionError):
        told(Scripted(ZeroDivisionError()), hub)
    assert len(hub) == 0


def test_a_server_that_stops_says_when_to_come_back() -> None:
    """chassis.web ends a stream that waits by GreenletExit, and sends the part that it yields then."""
    hub = Hub()
    last = told(Scripted(GreenletExit()), hub)[-1]  # type: ignore[arg-type]
    milliseconds = int(last.splitlines()[0].removeprefix("retry: "))
    assert 1000 <= milliseconds < 4000
    assert last.endswith("\n\n")
    assert len(hub) == 0


def test_whoever_may_not_listen_any_more_hears_no_more() -> None:
    hub = Hub()
    assert len(told(Scripted([]), hub)) == 1
    assert len(hub) == 0


@pytest.mark.timeout(20)
def test_a_listener_is_asked_for_however_much_there_is_to_tell() -> None:
    class Endless(Scripted):
        def read(self) -> Sequence[Event]:
            return [ONE]

    assert told(Endless())[1:] == [ONE.encode().decode()]


@pytest.mark.timeout(20)
def test_a_listener_is_asked_for_however_often_the_stream_is_woken() -> None:
    hub = Hub()

    class Restless(Scripted):
        def read(self) -> Sequence[Event]:
            hub.wake("account:1")
            return []

    assert len(told(Restless(), hub)) == 1
    assert len(hub) == 0


def test_waking_is_by_topic_and_is_remembered() -> None:
    hub = Hub()
    mine, other = (hub.open(topic, owner=topic, credential_id=None) for topic in ("account:1", "account:2"))
    hub.wake("account:1")
    assert (mine.wait(0), other.wait(0)) == (True, False)
    assert mine.wait(0) is False


def test_growth_of_the_feed_wakes_its_streams_and_never_shrinks() -> None:
    """Hints may come in another order than they were sent, and more than once."""
    hub = Hub()
    systems, person = (hub.open(topic, owner=topic, credential_id=None) for topic in (FEED, "account:1"))
    for end, known in ((Place(1, 7, 3), Place(1, 7, 3)), (Place(1, 7, 2), Place(1, 7, 3)), (Place(2, 1, 1), Place(2, 1, 1))):
        hub.feed_grew({"end": str(end)})
        assert hub.tail.end == known
        assert (systems.wait(0), person.wait(0)) == (True, False)


def test_ending_is_by_credential() -> None:
    hub, session_id = Hub(), UUID(int=1)
    mine, other = hub.open("a", owner="1", credential_id=session_id), hub.open("a", owner="1", credential_id=UUID(int=2))
    hub.end_of(session_id)
    assert (mine.ended, mine.wait(0), other.ended) == (True, True, False)


def test_places_are_bounded_and_given_back() -> None:
    hub = Hub(per_owner=2, in_all=3)
    first, _ = (hub.open("a", owner="1", credential_id=None) for _ in range(2))
    with pytest.raises(TooManyStreams):
        hub.open("b", owner="1", credential_id=None)
    hub.open("a", owner="2", credential_id=None)
    with pytest.raises(TooManyStreams):
        hub.open("a", owner="3", credential_id=None)
    first.close()
    first.close()
    hub.open("a", owner="3", credential_id=None)
    assert len(hub) == 3


def test_a_doubted_stream_asks_before_it_sends_more() -> None:
    """A right may have ended in another process."""
    hub = Hub()
    stream = hub.open(FEED, owner="1", credential_id=uuid4())
    source = Scripted([ONE], [TWO])
    chunks = event_stream(stream, source, heartbeat=60)
    next(chunks)
    assert b"id: 1" in next(chunks)
    source.allowed = lambda: False  # type: ignore[method-assign]
    assert b"id: 2" in next(chunks), "nobody has doubted yet"
    again = Scripted([ONE], [TWO])
    stream = hub.open(FEED, owner="1", credential_id=uuid4())
    chunks = event_stream(stream, again, heartbeat=60)
    next(chunks)
    again.allowed = lambda: False  # type: ignore[method-assign]
    hub.doubt("account:1")
    assert b"id: 1" in next(chunks), "another topic"
    hub.doubt(FEED)
    assert list(chunks) == []
