"""The district feed: each message once, in one order, from any place that is kept, across weeks, upgrades and restores."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.database.partitions import Partitions, first_uuid7, week_of
from chassis.messaging import epochs
from chassis.messaging.received import Received
from chassis.rpc.call import Unavailable
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Forbidden
from services.notify.feed import growth, pruning, storage
from services.notify.feed.growth import MOST, Growth
from services.notify.feed.models import PARTITIONS
from services.notify.interface.feed import MAX, Place
from services.notify.interface.refusals import CursorExpired
from services.notify.settings import notify_settings
from tests.integration.notify.conftest import GATEWAY, NOW, VISITOR, Post
from tests.uuid7 import uuid7_of

SYSTEM = Identity(party="system", scopes=frozenset({"messages:read"}))
WEEK = timedelta(days=7)
ALL = "0-0"


def message(event_id: UUID | None = None, type_: str = "booking.confirmed.v1") -> Received:
    return Received(event_id or uuid7_of(NOW), type_, "booking", str(uuid4()), 3, "liuyi", NOW, {"booking_id": "…"}, {})


@pytest.fixture
def taken_over(post: Post) -> None:
    """The gateway of this district has nothing to hand over."""
    post.ask(GATEWAY, "take_over_feed", entries=[], end="100-0")


@pytest.fixture
def feed(post: Post, taken_over: None) -> Post:
    make_weeks(post)
    return post


def make_weeks(post: Post) -> None:
    """Make the partitions of the week of NOW and of the next two, as the upkeep did two weeks ago and one week ago."""
    for weeks_ago in (2, 1):
        PARTITIONS.prepare(post.engine, NOW - weeks_ago * WEEK)


@pytest.fixture
def restore(feed: Post) -> Callable[[], None]:
    def restore() -> None:
        with feed.engine.begin() as connection:
            epochs.begin(connection)

    return restore


def append(post: Post, *messages: Received, now: datetime = NOW) -> list[str]:
    for one in messages:
        with transaction(post.engine) as session:
            storage.append(session, [one], now)
    return [str(one.event_id) for one in messages]


def read(post: Post, after: str = ALL, **more: Any) -> tuple[list[str], str]:
    """The ids of the events that are read, and the place to go on from."""
    page = post.ask(SYSTEM, "read_feed", after=after, **more)
    return [item["event"]["id"] for item in page["items"]], page["place"]


def read_singly(post: Post, after: str = ALL) -> Iterator[tuple[str, str]]:
    while found := post.ask(SYSTEM, "read_feed", after=after, limit=1)["items"]:
        after = found[0]["place"]
        yield found[0]["event"]["id"], after


# --- reading ---


def test_who_reads_for_a_community_gets_nothing_of_others(feed: Post) -> None:
    own, other = message(), message()
    append(feed, own, replace(other, community_id="north"))
    for communities, expected in ((Communities.only("liuyi"), [own]), (Communities.only("x"), []), (DISTRICT, [own, other])):
        page = feed.ask(replace(SYSTEM, works_in=communities), "read_feed", after=ALL)
        assert [item["event"]["id"] for item in page["items"]] == [str(one.event_id) for one in expected]
        assert not page["more"]


def test_everything_can_be_read_from_every_place(feed: Post) -> None:
    sent = append(feed, *(message() for _ in range(5)))
    told = list(read_singly(feed))
    assert [id_ for id_, _ in told] == sent
    for number, (_, place) in enumerate(told):
        assert read(feed, place)[0] == sent[number + 1 :]


def test_pages_follow_each_other(feed: Post, restore: Callable[[], None]) -> None:
    """Also over the end of an epoch. The place of a page that is not full is the end, so that quiet readers are moved on."""
    sent = append(feed, *(message() for _ in range(3)))
    restore()
    sent += append(feed, *(message() for _ in range(4)))
    found: list[str] = []
    after, sizes = ALL, []
    while True:
        page = feed.ask(SYSTEM, "read_feed", after=after, limit=2)
        found += [item["event"]["id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        after = page["place"]
        if not page["more"]:
            break
    assert (found, sizes) == (sent, [2, 2, 2, 1])
    assert Place.parse(after) > Place.parse(page["items"][-1]["place"])
    assert read(feed, after)[0] == []


def test_messages_that_come_together_keep_their_order(feed: Post) -> None:
    """Their ids do not tell it."""
    together = [message() for _ in range(20)]
    with transaction(feed.engine) as session:
        storage.append(session, together, NOW)
    assert read(feed)[0] == [str(one.event_id) for one in together]


def test_a_message_is_in_the_feed_once(feed: Post) -> None:
    one, two = message(), message(uuid4())
    append(feed, one, two, one, two)
    assert read(feed)[0] == [str(one.event_id), str(two.event_id)]


def test_a_slow_transaction_is_not_passed_over(feed: Post) -> None:
    """It took its number first and commits last: a reader that went by numbers alone would never see it."""
    slow, quick = message(), message()
    with Session(feed.engine) as session, session.begin():
        storage.append(session, [slow], NOW)
        append(feed, quick)
        seen, place = read(feed)
        assert seen == []
    assert read(feed, place)[0] == [str(slow.event_id), str(quick.event_id)]


def test_a_reader_without_a_place_begins_now(feed: Post) -> None:
    append(feed, message())
    page = feed.ask(SYSTEM, "read_feed")
    assert page["items"] == []
    later = append(feed, message())
    assert read(feed, page["place"])[0] == later


def test_only_keys_with_the_right_may_read(feed: Post) -> None:
    for who in (VISITOR, GATEWAY, Identity(party="system", scopes=frozenset({"cases:write"}))):
        with pytest.raises(Forbidden):
            feed.ask(who, "read_feed")


def test_rights_narrow_what_is_read_by_type_and_community(feed: Post) -> None:
    sent = {}
    for n in range(3):  # mixed, so that pages of two messages are thinned out
        for type_, community in (("case.closed.v1", "liuyi"), ("case.closed.v1", "yuxin"), ("booking.confirmed.v1", "liuyi")):
            sent[type_, community, n] = append(feed, replace(message(type_=type_), community_id=community))
    by_id = {ids[0]: (type_, community) for (type_, community, _), ids in sent.items()}

    def all_of(*scopes: str, **asked: Any) -> list[tuple[str, str]]:
        reader = Identity(party="system", system_id=str(uuid4()), scopes=frozenset(scopes), works_in=DISTRICT)
        found, place = [], ALL
        while True:
            page = feed.ask(reader, "read_feed", after=place, limit=2, **asked)
            found += [by_id[item["event"]["id"]] for item in page["items"]]
            place = page["place"]
            if not page["more"]:
                return found

    closed, booked = "case.closed.v1", "booking.confirmed.v1"
    assert all_of("messages:read:case.*") == [(closed, "liuyi"), (closed, "yuxin")] * 3
    assert all_of("messages:read@liuyi") == [(closed, "liuyi"), (booked, "liuyi")] * 3
    assert all_of("messages:read:case.*@yuxin", "messages:read:booking.*@liuyi") == [(closed, "yuxin"), (booked, "liuyi")] * 3
    assert all_of("messages:read:booking.*", "messages:read@yuxin", types=["case.*"]) == [(closed, "yuxin")] * 3
    with pytest.raises(Forbidden):
        all_of("messages:read:case.*", types=["booking.*"])


@pytest.mark.parametrize("place", [f"1-{MAX}-0", "2-1-1"])
def test_a_place_that_does_not_exist_yet_is_refused_not_waited_at(feed: Post, place: str) -> None:
    with pytest.raises(CursorExpired):
        read(feed, place)


def test_a_read_uses_the_index_of_each_partition(feed: Post) -> None:
    """Whatever is stored, it looks at no more rows than it gives, in none of the weeks."""
    weeks = [week_of(NOW) + n * WEEK for n in range(3)]
    with feed.engine.begin() as connection:
        for week in weeks:
            connection.execute(_MANY, {"first": str(first_uuid7(week).hex[:12])})
        connection.execute(text("ANALYZE feed"))
        middle = connection.execute(
            text("SELECT epoch, CAST(xid AS text), seq FROM feed ORDER BY seq OFFSET 9000 LIMIT 1")
        ).one()
    [(body,)] = feed.rows("SELECT prosrc FROM pg_proc WHERE proname = 'feed_after' AND pronargs = 8")
    with feed.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_sort = off")  # as the function does
        connection.exec_driver_sql(f"PREPARE after (int, xid8, bigint, xid8, bigint, text[], text[], int) AS {body}")
        place = f"{middle[0]}, '{middle[1]}', {middle[2]}, '{MAX}', {MAX}, NULL, ARRAY['liuyi'], 50"
        plan = [row[0] for row in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) EXECUTE after ({place})")]
    for week in weeks:
        line, condition = next(pair for pair in pairwise(plan) if f" on {PARTITIONS.partition(week)} " in pair[0])
        assert "Index Scan" in line and "ROW(xid, seq) > ROW(" in condition, plan
        assert float(line.split("actual rows=")[1].split()[0]) <= 51, plan


_MANY = text(
    """
    INSERT INTO feed (epoch, event_id, community_id, source, type, subject, version, occurred_at, received_at, data)
    SELECT 1, CAST(:first || lpad(to_hex(n), 20, '0') AS uuid), 'liuyi', 'booking', 'booking.confirmed.v1', 's', 1, now(),
        now(), '{}' FROM generate_series(1, 5000) n
    """
)


# --- partitions ---


def partitions(post: Post) -> set[str]:
    rows = post.rows("SELECT tableoid::regclass::text AS name FROM feed GROUP BY 1")
    return {row.name for row in rows}


def test_messages_are_in_the_partition_of_their_week_and_others_in_the_default(feed: Post) -> None:
    append(feed, message(), message(uuid7_of(NOW + WEEK)), message(uuid4()))
    assert partitions(feed) == {PARTITIONS.partition(week_of(NOW + n * WEEK)) for n in (0, 1)} | {"feed_default"}


def test_messages_that_came_before_their_week_was_made_stay_in_the_default(post: Post, taken_over: None) -> None:
    sent = append(post, message(), message())
    make_weeks(post)
    sent += append(post, message(), message(uuid7_of(NOW + WEEK)))
    assert partitions(post) == {"feed_default", PARTITIONS.partition(week_of(NOW + WEEK))}
    assert read(post)[0] == sent


def test_a_week_is_dropped_when_all_of_it_is_old(feed: Post) -> None:
    append(feed, message(), message())
    (_, first), (_, last) = read_singly(feed)
    later = NOW + WEEK
    kept = append(feed, message(uuid7_of(later)), now=later)
    pruning.prune(feed.engine, week_of(NOW) + WEEK - timedelta(seconds=1))
    assert len(partitions(feed)) == 2
    assert not pruning.prune(feed.engine, week_of(NOW) + WEEK)
    assert partitions(feed) == {PARTITIONS.partition(week_of(later))}
    with pytest.raises(CursorExpired):
        read(feed, first)
    assert read(feed, last)[0] == read(feed, ALL)[0] == kept


def test_one_round_drops_one_week_at_most(feed: Post) -> None:
    """Detaching a week stops all writers for a moment. Weeks that are all due must not stop them one right after the other."""
    weeks = [PARTITIONS.partition(week_of(NOW + number * WEEK)) for number in (0, 1)]
    append(feed, message(), message(uuid7_of(NOW + WEEK)), message(uuid4()))
    assert pruning.prune(feed.engine, NOW + 5 * WEEK, batch=1)
    assert partitions(feed) == set(weeks)
    assert not pruning.prune(feed.engine, NOW + 5 * WEEK, batch=1)
    assert partitions(feed) == {weeks[1]}
    assert not pruning.prune(feed.engine, NOW + 5 * WEEK, batch=1)
    assert partitions(feed) == set()


def test_a_week_is_gone_although_the_process_was_killed_before_it_was_dropped(
    feed: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(feed, message(), message())
    (_, first), (_, last) = read_singly(feed)
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE :like"
    week = PARTITIONS.partition(week_of(NOW))

    def killed(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Partitions, "_drop", killed)
        pruning.prune(feed.engine, NOW + 2 * WEEK)
    assert [row.relname for row in feed.rows(tables, like=f"{week}%")] == [f"{week}_detached"]
    assert read(feed, last)[0] == []
    with pytest.raises(CursorExpired):
        read(feed, first)
    assert not pruning.prune(feed.engine, NOW)
    assert feed.rows(tables, like=f"{week}%") == []


def test_a_week_stays_while_a_message_of_it_came_late(feed: Post) -> None:
    late = append(feed, message(), now=NOW + 3 * WEEK)
    while pruning.prune(feed.engine, NOW + 2 * WEEK):
        pass
    assert read(feed)[0] == late
    while pruning.prune(feed.engine, NOW + 4 * WEEK):
        pass
    assert partitions(feed) == set()


def test_messages_without_a_week_are_deleted_one_by_one(feed: Post) -> None:
    append(feed, message(uuid4()), message(uuid4()))
    places = [place for _, place in read_singly(feed)]
    kept = append(feed, message(uuid4()), now=NOW + WEEK)
    assert [pruning.prune(feed.engine, NOW + timedelta(seconds=1), batch=1) for _ in range(3)] == [True, True, False]
    with pytest.raises(CursorExpired):
        read(feed, places[0])
    assert read(feed, places[1])[0] == kept


def test_the_oldest_messages_without_a_week_go_first(feed: Post) -> None:
    for number in (1, 0, 2):
        append(feed, message(uuid4()), now=NOW + timedelta(seconds=number))
    (_, first), (_, second), (last, _) = read_singly(feed)
    assert pruning.prune(feed.engine, NOW + WEEK, batch=1)  # the second one
    with pytest.raises(CursorExpired):
        read(feed, first)
    assert read(feed, second)[0] == [last]


def test_who_missed_a_dropped_week_is_told_so_also_after_older_messages_went(feed: Post) -> None:
    append(feed, message(uuid4()), message())
    append(feed, message(uuid4()), now=NOW + 3 * WEEK)
    (_, first), (_, second), (last, _) = read_singly(feed)
    pruning.prune(feed.engine, NOW + 2 * WEEK)
    for place in (ALL, second):
        assert read(feed, place)[0] == [last]
    with pytest.raises(CursorExpired):
        read(feed, first)


def test_upkeep_makes_the_coming_weeks_and_keeps_messages_as_long_as_the_setting_says(post: Post, taken_over: None) -> None:
    days = timedelta(days=notify_settings().keep_feed_days)
    assert not pruning.keep_house(post.engine, NOW)
    weeks = post.rows("SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'feed'::regclass")
    assert {PARTITIONS.partition(week_of(NOW) + number * WEEK) for number in (2, 3)} <= {row.name for row in weeks}
    old, new = append(post, message(uuid4())), append(post, message(uuid4()), now=NOW + timedelta(hours=1))
    assert not pruning.keep_house(post.engine, NOW + days)
    assert read(post)[0] == [*old, *new]
    pruning.keep_house(post.engine, NOW + days + timedelta(minutes=1))
    assert read(post)[0] == new


def test_a_reader_in_the_way_is_not_blocked_for_long_and_the_week_goes_next_time(feed: Post) -> None:
    """Dropping a partition needs the whole table. It is given up after a second, and tried again."""
    append(feed, message())
    with feed.engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM feed"))
        pruning.prune(feed.engine, NOW + 2 * WEEK)
    assert partitions(feed) != set()
    pruning.prune(feed.engine, NOW + 2 * WEEK)
    assert partitions(feed) == set()


# --- the gateway's feed ---


def old_entry(xid: int, seq: int, event_id: UUID | None = None) -> dict[str, Any]:
    return {
        "place": f"{xid}-{seq}",
        "community_id": "liuyi",
        "event_id": str(event_id or uuid7_of(NOW)),
        "source": "booking",
        "type": "booking.confirmed.v1",
        "subject": str(uuid4()),
        "version": 3,
        "occurred_at": NOW.isoformat(),
        "received_at": NOW.isoformat(),
        "data": {},
    }


def test_old_places_go_on_in_the_new_feed(post: Post) -> None:
    """Nothing is lost and nothing comes twice, although new messages come before the old ones are all there, and one that the
    old feed had is published again."""
    new = append(post, message())
    append(post, second := message())
    last = append(post, message())
    old = [old_entry(900_000_000_000, 1), old_entry(900_000_000_000, 2), old_entry(900_000_000_007, 1, second.event_id)]
    ids = [entry["event_id"] for entry in old]
    with pytest.raises(Unavailable):
        read(post, "900000000000-1")
    assert post.ask(GATEWAY, "take_over_feed", entries=old[:1]) == {"last": "900000000000-1", "finished": False}
    for _ in range(2):
        assert post.ask(GATEWAY, "take_over_feed", entries=old)["last"] == "900000000007-1"
    end = f"900000000009-{MAX}"
    assert post.ask(GATEWAY, "take_over_feed", entries=[], pruned="800-1", end=end)["finished"] is True
    append(post, second)
    assert read(post, "900000000000-1")[0] == [*ids[1:], *new, *last]
    assert read(post, "900000000007-1")[0] == [*new, *last]
    assert read(post, end)[0] == [*new, *last]
    assert read(post, ALL)[0] == [*ids, *new, *last]
    for place in ("799-1", "900000000010-1"):
        with pytest.raises(CursorExpired):
            read(post, place)


def test_the_hand_over_does_not_hide_what_was_dropped_since(post: Post) -> None:
    make_weeks(post)
    append(post, message())
    pruning.prune(post.engine, NOW + 2 * WEEK)
    post.ask(GATEWAY, "take_over_feed", entries=[old_entry(900, 1)], pruned="800-1", end="1000-0")
    with pytest.raises(CursorExpired):
        read(post, "900-1")


def test_only_the_gateway_hands_over(post: Post) -> None:
    with pytest.raises(Forbidden):
        post.ask(SYSTEM, "take_over_feed", entries=[], end="100-0")


# --- restores ---


def test_a_place_of_an_earlier_epoch_goes_on_or_is_refused(feed: Post, restore: Callable[[], None]) -> None:
    """The new server counts its transactions from the beginning. What is in the dump can be read whole all the same."""
    sent = append(feed, message(), message())
    with feed.engine.begin() as connection:  # as if these came from a server that had counted far
        connection.execute(text("UPDATE feed SET xid = CAST(CAST(900000000000 + seq AS text) AS xid8)"))
    restore()
    later = append(feed, message())
    places = [place for _, place in read_singly(feed)]
    assert read(feed)[0] == [*sent, *later]
    assert read(feed, places[0])[0] == [sent[1], *later]
    assert read(feed, places[1])[0] == later
    lost = Place.parse(places[1])
    for place in (Place(lost.epoch, lost.xid, lost.seq + 1), Place(lost.epoch, lost.xid + 5, 0)):
        with pytest.raises(CursorExpired):
            read(feed, str(place))


def test_the_end_is_told_of_what_can_be_read(feed: Post) -> None:
    def end() -> Place:
        with Session(feed.engine) as session:
            return storage.end(session)

    assert str(end()) == ALL
    append(feed, message())
    *_, (_, place) = read_singly(feed)
    with Session(feed.engine) as session, session.begin():
        storage.append(session, [message()], NOW)
        append(feed, message())
        assert str(end()) == place
    assert end() > Place.parse(place)


# --- what the gateways are told ---


class Sent(list[dict[str, Any]]):
    """Hints, as far as Growth uses them."""

    def send(self, topic: str, data: dict[str, Any]) -> None:
        self.append(data)


def told(post: Post, growth: Growth) -> list[dict[str, Any]]:
    hints = Sent()
    while growth.tell(post.engine, hints):  # type: ignore[arg-type]
        pass
    return list(hints)


def test_gateways_are_told_the_messages_that_are_new(feed: Post) -> None:
    growth = Growth()
    append(feed, message())
    [first] = told(feed, growth)
    assert "messages" not in first  # nobody knows what came before
    assert told(feed, growth) == []
    sent = append(feed, *(message() for _ in range(3)))
    [hint] = told(feed, growth)
    assert hint["after"] == first["end"]
    assert [one["event"]["id"] for one in hint["messages"]] == sent
    assert [one["event"] for one in hint["messages"]] == [
        item["event"] for item in feed.ask(SYSTEM, "read_feed", after=hint["after"])["items"]
    ]
    assert hint["end"] == hint["messages"][-1]["place"]


def test_many_new_messages_are_told_in_parts(feed: Post) -> None:
    growth = Growth()
    append(feed, message())
    told(feed, growth)
    with transaction(feed.engine) as session:
        sent = [message() for _ in range(2 * MOST + 1)]
        storage.append(session, sent, NOW)
    hints = told(feed, growth)
    assert [len(hint["messages"]) for hint in hints] == [MOST, MOST, 1]
    assert [hint["after"] for hint in hints[1:]] == [hint["end"] for hint in hints[:-1]]
    assert [one["event"]["id"] for hint in hints for one in hint["messages"]] == [str(one.event_id) for one in sent]


def test_what_an_older_transaction_may_precede_is_not_told(feed: Post) -> None:
    growth = Growth()
    append(feed, message())
    told(feed, growth)
    with Session(feed.engine) as slow:
        late = message()
        storage.append(slow, [late], NOW)
        after = append(feed, message())
        assert told(feed, growth) == []
        slow.commit()
    [hint] = told(feed, growth)
    assert [one["event"]["id"] for one in hint["messages"]] == [str(late.event_id), *after]


def test_after_a_restore_only_the_end_is_told(feed: Post) -> None:
    growth = Growth()
    append(feed, message())
    told(feed, growth)
    with feed.engine.begin() as connection:
        epochs.begin(connection)
    append(feed, message())
    [hint] = told(feed, growth)
    assert "messages" not in hint and Place.parse(hint["end"]).epoch == 2


class Hints:
    """The ends that were sent. `away`: the broker cannot be reached."""

    def __init__(self) -> None:
        self.ends: list[str] = []
        self.away = False

    def send(self, topic: str, data: dict[str, Any]) -> None:
        if self.away:
            raise ConnectionError
        self.ends.append(data["end"])


def test_gateways_are_told_of_growth_once_and_again_from_time_to_time(feed: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    hints, told = Hints(), Growth()

    def tell() -> list[str]:
        told.tell(feed.engine, hints)  # type: ignore[arg-type]
        return hints.ends

    assert (tell(), tell()) == ([ALL], [ALL])
    append(feed, message())
    *_, (_, place) = read_singly(feed)
    assert (tell(), tell()) == ([ALL, place], [ALL, place])
    monkeypatch.setattr(growth, "REPEAT_AFTER", 0.0)
    assert tell() == [ALL, place, place]


def test_a_hint_that_could_not_be_sent_is_sent_later(feed: Post) -> None:
    hints, told = Hints(), Growth()
    hints.away = True
    with pytest.raises(ConnectionError):
        told.tell(feed.engine, hints)  # type: ignore[arg-type]
    hints.away = False
    told.tell(feed.engine, hints)  # type: ignore[arg-type]
    assert hints.ends == [ALL]
