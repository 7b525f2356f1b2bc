"""The tail of the feed: a stream gets its messages from it, each once and in order, and calls notify for the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from chassis.rpc.communities import DISTRICT, Communities
from gateway.streams.messages import DistrictMessages
from gateway.streams.tail import MOST, Tail
from services.notify.interface.feed import Place, Readable, matches


def event(number: int, community: str) -> dict[str, Any]:
    return {"id": number, "communityid": community}


def hint(after: int, *places: int, type_: str = "case.closed.v1", community: str = "liuyi") -> dict[str, Any]:
    """What notify sends about messages at `places`, which are all after the place `after`."""
    return {
        "after": written(after),
        "end": written(places[-1]),
        "messages": [{"place": written(one), "type": type_, "event": event(one, community)} for one in places],
    }


def written(number: int) -> str:
    return f"1-{number}-1"


class Notify:
    """notify.read_feed for a feed with messages at the places 1 to `last`. `asked` are the places that it was asked for."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.asked: list[str | None] = []

    def __call__(self, after: str | None, types: Sequence[str] | None, limit: int) -> Mapping[str, Any]:
        self.asked.append(after)
        start = self.last if after is None else Place.parse(after).xid
        numbers = range(start + 1, self.last + 1)
        items = [{"place": written(n), "type": "case.closed.v1", "event": event(n, "liuyi")} for n in numbers]
        return {"items": items[:limit], "place": written(min(start + limit, self.last)), "more": len(items) > limit}


def reader(
    notify: Notify, tail: Tail, types: list[str] | None = None, last_id: str | None = None, of: Communities = DISTRICT
) -> DistrictMessages:
    readable = Readable(tuple((pattern, of) for pattern in types or [None]))
    return DistrictMessages(notify, last_id, types, tail, lambda: True, readable)


def ids(source: DistrictMessages) -> list[int]:
    """Everything that the source has now."""
    found: list[int] = []
    while events := source.read():
        found.extend(event.data["id"] for event in events)
    return found


def test_what_the_tail_has_costs_no_call() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail)
    tail.grew(hint(5, 6, 7))
    tail.grew(hint(7, 8))
    assert source.read() == []  # the page of the first call
    assert ids(source) == [6, 7, 8]
    assert notify.asked == [None]


def test_two_replicas_of_notify_tell_the_same_messages() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail)
    for one in (hint(5, 6, 7), hint(5, 6, 7), hint(6, 7, 8, 9)):
        tail.grew(one)
    source.read()
    assert ids(source) == [6, 7, 8, 9]
    assert notify.asked == [None]


def test_after_a_lost_hint_notify_is_called() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail)
    source.read()
    notify.last = 9
    tail.grew(hint(7, 8, 9))  # the hint with 6 and 7 was lost
    assert ids(source) == [6, 7, 8, 9]
    assert notify.asked == [None, written(5)]


def test_a_hint_without_messages_causes_a_call() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail)
    source.read()
    notify.last = 6
    tail.grew({"end": written(6)})
    assert ids(source) == [6]
    assert ids(source) == []  # nothing new: no call
    assert notify.asked == [None, written(5)]


def test_a_reader_of_some_types_passes_over_the_others_without_waiting() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail, types=["case.*"])
    source.read()
    tail.grew(hint(5, 6, type_="booking.confirmed.v1"))
    tail.grew(hint(6, 7))
    assert ids(source) == [7]
    assert (source.position(), notify.asked) == (written(7), [None])


def test_a_key_of_one_community_gets_nothing_of_others() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail, of=Communities.only("north"))
    source.read()
    tail.grew(hint(5, 6))
    tail.grew(hint(6, 7, 8, community="north"))
    assert ids(source) == [7, 8]


def test_the_tail_forgets_the_oldest() -> None:
    notify, tail = Notify(last=5), Tail()
    source = reader(notify, tail)
    source.read()
    notify.last = 5 + MOST + 1
    for number in range(5, 5 + MOST + 1):
        tail.grew(hint(number, number + 1))
    assert tail.after(Place.parse(written(5))) is None
    assert tail.after(Place.parse(written(6))) is not None
    assert len(ids(source)) == MOST + 1


def test_an_end_that_arrives_late_does_not_turn_back() -> None:
    tail = Tail()
    tail.grew(hint(7, 8))
    tail.grew(hint(5, 6))
    assert tail.end == Place.parse(written(8))


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        (["case.closed.v1"], True),
        (["case.*"], True),
        (["booking.*", "case.closed.v1"], True),
        (["case.closed.v10"], False),
        (["case_.*"], False),
        (["booking.*"], False),
        (["case.closed"], False),
    ],
)
def test_types_of_a_reader(patterns: list[str], wanted: bool) -> None:
    assert matches("case.closed.v1", patterns) is wanted
