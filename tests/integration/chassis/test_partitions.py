"""Receipts in weekly partitions: each is unique wherever it is, unsettled ones keep their week, and upkeep stops nobody."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis.background.expiry import delete_expired
from chassis.background.housekeeping import CHASSIS_EXPIRIES, RECEIPTS
from chassis.database.engine import connect
from chassis.database.partitions import WEEK, Partitions, first_uuid7, week_of
from chassis.messaging import inbox, parking
from chassis.messaging.inbox import Delivery
from tests.patience import eventually
from tests.uuid7 import uuid7_of

NOW = datetime.now(UTC)  # the migration makes the weeks from now on
KEPT = timedelta(days=60)


def delivery(event_id: UUID, *, subject: str = "s", ordered: bool = False) -> Delivery:
    return Delivery("toy.hear", event_id, subject, {}, b"{}", ordered=ordered, schedule=())


def receive(engine: Engine, event_id: UUID, **more: Any) -> str:
    return inbox.receive(engine, delivery(event_id, **more), lambda session: None)


def fail(engine: Engine, event_id: UUID, **more: Any) -> str:
    def handler(session: Session) -> None:
        raise ValueError("no")

    return inbox.receive(engine, delivery(event_id, **more), handler)


def rows(engine: Engine, query: str, **parameters: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), parameters))


def run(engine: Engine, *statements: str, **parameters: Any) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), parameters)


def places(engine: Engine) -> list[str]:
    """The partitions that have receipts, one name for each receipt."""
    return [row.name for row in rows(engine, "SELECT tableoid::regclass::text AS name FROM inbox ORDER BY sequence")]


def partitions(engine: Engine) -> set[str]:
    found = rows(engine, "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'inbox'::regclass")
    return {row.name for row in found}


def made(engine: Engine, begin: datetime) -> str:
    """Make the week that begins at `begin` as the upkeep did in time."""
    RECEIPTS.prepare(engine, begin - 2 * WEEK)
    assert RECEIPTS.partition(begin) in partitions(engine)
    return RECEIPTS.partition(begin)


# --- unique ---


def test_a_receipt_is_in_the_partition_of_its_week_and_others_are_in_the_default(toy_engine: Engine) -> None:
    for event_id in (uuid7_of(NOW), uuid7_of(NOW + WEEK), uuid4(), uuid7_of(NOW - WEEK)):
        assert receive(toy_engine, event_id) == "handled"
    weeks = [RECEIPTS.partition(week_of(NOW + n * WEEK)) for n in (0, 1)]
    assert places(toy_engine) == [*weeks, "inbox_default", "inbox_default"]


@pytest.mark.parametrize("ordered", [False, True])
def test_a_message_is_handled_once_wherever_its_receipt_is(toy_engine: Engine, ordered: bool) -> None:
    for event_id in (uuid7_of(NOW), uuid7_of(NOW - WEEK), uuid4()):
        assert receive(toy_engine, event_id, ordered=ordered) == "handled"
        assert receive(toy_engine, event_id, ordered=ordered) == "duplicate"
        assert not inbox.receive_all(toy_engine, [delivery(event_id), delivery(uuid7_of(NOW))], lambda session: None)


def test_a_message_that_came_before_its_week_was_made_is_known_afterwards(toy_engine: Engine) -> None:
    """The week has no partition: its receipt was in the default first."""
    early, later = week_of(NOW + 20 * WEEK), week_of(NOW + 21 * WEEK)
    event_id = uuid7_of(early)
    assert receive(toy_engine, event_id) == "handled"
    RECEIPTS.prepare(toy_engine, early - 2 * WEEK)
    assert partitions(toy_engine) >= {RECEIPTS.partition(later)}
    assert RECEIPTS.partition(early) not in partitions(toy_engine)
    assert receive(toy_engine, event_id) == "duplicate"
    assert receive(toy_engine, uuid7_of(early)) == receive(toy_engine, uuid7_of(later)) == "handled"
    assert places(toy_engine) == ["inbox_default", "inbox_default", RECEIPTS.partition(later)]
    assert constraints(toy_engine) == []


def test_postgresql_refuses_a_second_receipt(toy_engine: Engine) -> None:
    for event_id in (uuid7_of(NOW), uuid4()):
        insert = "INSERT INTO inbox (consumer, event_id, state) VALUES ('c', :id, 'handled')"
        run(toy_engine, insert, id=event_id)
        with pytest.raises(IntegrityError):
            run(toy_engine, insert, id=event_id)


def test_a_lookup_reads_one_partition(toy_engine: Engine) -> None:
    for query in ("SELECT FROM inbox WHERE {}", "UPDATE inbox SET state = 'handled' WHERE {}"):
        condition = f"consumer = 'c' AND event_id = '{uuid7_of(NOW)}'"
        plan = " ".join(row[0] for row in rows(toy_engine, f"EXPLAIN {query.format(condition)}"))
        assert RECEIPTS.partition(week_of(NOW)) in plan
        assert "inbox_default" not in plan and RECEIPTS.partition(week_of(NOW + WEEK)) not in plan


# --- order over weeks ---


def test_later_messages_are_held_behind_an_unsettled_one_of_another_week(toy_engine: Engine) -> None:
    first, second, third = uuid7_of(NOW - WEEK), uuid7_of(NOW), uuid7_of(NOW + WEEK)
    assert fail(toy_engine, first, ordered=True) == "parked"
    assert receive(toy_engine, second, ordered=True) == "held"
    assert not inbox.receive_all(toy_engine, [delivery(third, ordered=True)], lambda session: None)
    assert receive(toy_engine, third, subject="another", ordered=True) == "handled"
    assert inbox.due(toy_engine, ["toy.hear"]) == []
    assert parking.redrive(toy_engine, first) == 1
    assert inbox.due(toy_engine, ["toy.hear"]) == [("toy.hear", first)]
    retried = inbox.retry(toy_engine, "toy.hear", first, lambda row: (delivery(first), lambda session: None))
    assert retried == "handled"
    assert inbox.due(toy_engine, ["toy.hear"]) == [("toy.hear", second)]


def test_whether_something_is_unsettled_is_looked_up_in_small_indexes(toy_engine: Engine) -> None:
    """Not by reading the receipts of every week."""
    fill = "INSERT INTO inbox (consumer, event_id, state, subject) SELECT 'c', CAST(:p || lpad(to_hex(n), 20, '0') AS uuid),"
    fill += " 'handled', 's' FROM generate_series(1, 3000) n"
    for week in (0, 1):
        run(toy_engine, fill, p=first_uuid7(week_of(NOW + week * WEEK)).hex[:12])
    run(toy_engine, "ANALYZE inbox")
    query = "EXPLAIN SELECT FROM inbox WHERE consumer = 'c' AND subject = 's' AND state IN ('retrying', 'held', 'parked')"
    plan = [row[0] for row in rows(toy_engine, query)]
    for week in (0, 1):
        line = next(line for line in plan if f" on {RECEIPTS.partition(week_of(NOW + week * WEEK))} " in line)
        assert "Index" in line, plan


# --- dropping ---


def age(engine: Engine, *event_ids: UUID, by: timedelta) -> None:
    for event_id in event_ids:
        run(engine, "UPDATE inbox SET received_at = received_at - :by WHERE event_id = :id", by=by, id=event_id)


@pytest.fixture
def old_week(toy_engine: Engine) -> str:
    """The partition of a week that is over for more than 60 days, with two settled receipts."""
    begin = week_of(NOW - KEPT - 2 * WEEK)
    name = made(toy_engine, begin)
    for _ in range(2):
        event_id = uuid7_of(begin)
        assert receive(toy_engine, event_id) == "handled"
        age(toy_engine, event_id, by=KEPT + 2 * WEEK)
    return name


def keep_house(engine: Engine) -> None:
    while delete_expired(engine, CHASSIS_EXPIRIES, datetime.now(UTC)):
        pass


def test_a_week_goes_when_all_of_it_is_old(toy_engine: Engine, old_week: str) -> None:
    recent = uuid7_of(NOW)
    receive(toy_engine, recent)
    keep_house(toy_engine)
    assert old_week not in partitions(toy_engine)
    assert receive(toy_engine, recent) == "duplicate"


def test_one_round_drops_one_week_after_single_rows_are_gone(toy_engine: Engine, old_week: str) -> None:
    """Detaching a week stops all writers for a moment. Weeks that are all due must not stop them one right after the other."""
    older, single = made(toy_engine, week_of(NOW - KEPT - 3 * WEEK)), uuid4()
    receive(toy_engine, single)
    age(toy_engine, single, by=KEPT + timedelta(days=1))
    left = []
    for more in (True, False, False):
        assert delete_expired(toy_engine, CHASSIS_EXPIRIES, datetime.now(UTC), batch=1) is more
        left.append({older, old_week} & partitions(toy_engine))
    assert left == [{older, old_week}, {old_week}, set()]


@pytest.mark.parametrize("state", ["retrying", "held", "parked"])
def test_an_unsettled_receipt_keeps_its_week(toy_engine: Engine, old_week: str, state: str) -> None:
    first = f"UPDATE {old_week} SET state = :state WHERE sequence = (SELECT min(sequence) FROM inbox)"  # noqa: S608  a constant
    run(toy_engine, first, state=state)
    keep_house(toy_engine)
    assert len(rows(toy_engine, f"SELECT FROM {old_week}")) == 2
    run(toy_engine, "UPDATE inbox SET state = 'handled'")
    keep_house(toy_engine)
    assert old_week not in partitions(toy_engine)


def test_a_receipt_that_came_late_keeps_its_week(toy_engine: Engine, old_week: str) -> None:
    receive(toy_engine, uuid7_of(week_of(NOW - KEPT - 2 * WEEK)))
    keep_house(toy_engine)
    assert old_week in partitions(toy_engine)


def test_receipts_of_no_week_go_one_by_one(toy_engine: Engine) -> None:
    old, recent, parked = uuid4(), uuid4(), uuid4()
    assert (receive(toy_engine, old), receive(toy_engine, recent), fail(toy_engine, parked)) == ("handled", "handled", "parked")
    age(toy_engine, old, parked, by=KEPT + timedelta(days=1))
    keep_house(toy_engine)
    assert {row.event_id for row in rows(toy_engine, "SELECT event_id FROM inbox")} == {recent, parked}


def test_the_last_release_deletes_nothing_in_other_partitions(toy_engine: Engine) -> None:
    """It deletes by ctid, which is unique in one partition only: the rows here have the same one."""
    old, recent = uuid4(), uuid7_of(NOW)
    receive(toy_engine, old)
    receive(toy_engine, recent)
    age(toy_engine, recent, by=timedelta(0))
    age(toy_engine, old, by=KEPT + timedelta(days=1))
    assert len(rows(toy_engine, "SELECT DISTINCT ctid FROM inbox")) == 1
    of_the_last_release = """
        DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE received_at <= now() - interval '60 days'
            AND state IN ('handled', 'dropped') ORDER BY received_at LIMIT 5000 FOR UPDATE SKIP LOCKED))
    """
    run(toy_engine, of_the_last_release)
    assert [row.event_id for row in rows(toy_engine, "SELECT event_id FROM inbox")] == [recent]


# --- beside others ---


@contextmanager
def writing(engine: Engine) -> Iterator[list[str]]:
    """Two threads that receive messages during the block. Yields the outcomes."""
    stop, outcomes = threading.Event(), list[str]()

    def write() -> None:
        while not stop.is_set():
            event_id = uuid7_of(datetime.now(UTC))
            outcomes.append(receive(engine, event_id, ordered=True, subject=str(event_id)))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield outcomes
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_weeks_are_made_and_dropped_while_others_write(toy_engine: Engine, old_week: str) -> None:
    with writing(toy_engine) as outcomes:
        eventually(lambda: len(outcomes) > 20, seconds=20)
        eventually(lambda: keep_house(toy_engine) or old_week not in partitions(toy_engine), seconds=20)
        for weeks in range(8, 11):
            eventually(lambda weeks=weeks: made_now(toy_engine, week_of(NOW + weeks * WEEK)), seconds=20)
        seen = len(outcomes)
        eventually(lambda: len(outcomes) > seen + 20, seconds=20)
    assert set(outcomes) == {"handled"}
    assert len(rows(toy_engine, "SELECT FROM inbox")) == len(outcomes)


def made_now(engine: Engine, begin: datetime) -> bool:
    RECEIPTS.prepare(engine, begin - 2 * WEEK)
    return RECEIPTS.partition(begin) in partitions(engine)


def test_a_reader_in_the_way_is_waited_for_briefly(toy_engine: Engine, old_week: str) -> None:
    with toy_engine.begin() as reader:
        reader.execute(text("SELECT count(*) FROM inbox"))
        assert not RECEIPTS.drop_old(toy_engine, NOW - KEPT)
        RECEIPTS.prepare(toy_engine, NOW + 10 * WEEK)
        assert constraints(toy_engine) == []
    assert RECEIPTS.drop_old(toy_engine, NOW - KEPT)


def test_autovacuum_is_waited_for_while_others_write(toy_engine: Engine, old_week: str) -> None:
    """Autovacuum holds a lock that does not conflict with writers, and is as slow as it likes."""
    with ThreadPoolExecutor(1) as upkeep:
        with toy_engine.begin() as autovacuum:
            autovacuum.execute(text(f"LOCK TABLE {old_week} IN SHARE UPDATE EXCLUSIVE MODE"))
            dropped = upkeep.submit(RECEIPTS.drop_old, toy_engine, NOW - KEPT)
            eventually(lambda: rows(toy_engine, "SELECT FROM pg_locks WHERE NOT granted"))
            run(toy_engine, "SET LOCAL lock_timeout = '500ms'", "UPDATE inbox SET state = state")
        assert dropped.result(10)
    assert old_week not in partitions(toy_engine)


def constraints(engine: Engine) -> list[str]:
    query = "SELECT conname FROM pg_constraint WHERE conrelid = 'inbox_default'::regclass AND contype = 'c'"
    return [row.conname for row in rows(engine, query)]


def test_a_large_default_partition_is_read_only_while_others_write(toy_engine: Engine) -> None:
    """PostgreSQL counts the scans of a table. The validation is the only one, and its lock stops no writer."""
    run(
        toy_engine,
        "INSERT INTO inbox (consumer, event_id, state) SELECT 'c', gen_random_uuid(), 'handled' FROM generate_series(1, 5000)",
    )
    engine = connect(toy_engine.url.render_as_string(hide_password=False), application="t", pool_size=1, statement_timeout=20)
    begin = week_of(NOW + 30 * WEEK)
    steps = (RECEIPTS._exclude, RECEIPTS._validate, RECEIPTS._attach)
    scans = []
    for step in steps:
        with engine.begin() as connection:
            before = connection.scalar(_SCANS)
            assert step(begin, connection)
            locks = set(connection.scalars(_LOCKS))
            scans.append((connection.scalar(_SCANS) - before, "AccessExclusiveLock" in locks))
    engine.dispose()
    assert scans == [(0, True), (1, False), (0, True)]
    assert RECEIPTS.partition(begin) in partitions(toy_engine)


_SCANS = text("SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_user_tables WHERE relname = 'inbox_default'")
_LOCKS = text("SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'inbox_default'::regclass")


@pytest.mark.parametrize("steps", [1, 2])
def test_what_a_killed_process_left_is_continued(toy_engine: Engine, steps: int) -> None:
    begin = week_of(NOW + 30 * WEEK)
    for step in (RECEIPTS._exclude, RECEIPTS._validate)[:steps]:
        with toy_engine.begin() as connection:
            step(begin, connection)
    assert constraints(toy_engine) != []
    made(toy_engine, begin)
    assert constraints(toy_engine) == []


def test_longer_periods_begin_on_mondays_and_follow_each_other() -> None:
    months = Partitions("thing", "id", (), weeks=4)
    begin = months.begin_of(NOW)
    assert begin.weekday() == 0 and begin <= NOW < begin + 4 * WEEK
    assert {months.begin_of(begin + n * WEEK) for n in range(4)} == {begin}
    assert months.begin_of(begin + 4 * WEEK) == begin + 4 * WEEK


def test_what_a_killed_process_left_for_a_period_that_is_near_refuses_no_rows(toy_engine: Engine) -> None:
    """Nobody came to complete it in time, such as on a machine that was off."""
    begin = week_of(NOW + 30 * WEEK)
    with toy_engine.begin() as connection:
        RECEIPTS._exclude(begin, connection)
    assert constraints(toy_engine) != []
    RECEIPTS.prepare(toy_engine, begin - timedelta(days=1))
    assert all(not name.endswith(f"{begin:%Y%m%d}") for name in constraints(toy_engine))
    assert receive(toy_engine, uuid7_of(begin)) == "handled"
