"""Migrations stop nobody: they wait briefly for locks, one process migrates, and indexes are built beside writers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import connect
from chassis.database.migrate import _LOCK, MigrationBlocked, Patience, apply
from tests.conftest import CopyOf
from tests.integration.migrations.folders import folder_of
from tests.patience import eventually

IMPATIENT = Patience(lock_timeout=0.6, tries=2, pause=0)
ONCE = Patience(lock_timeout=0.2, tries=1)
STUBBORN = Patience(lock_timeout=0.1, tries=1000, pause=0.01)
INDEX = 'concurrent_indexes.create_index("thing_by_name", "thing", ["name"])'
UNIQUE = 'concurrent_indexes.create_index("thing_by_name", "thing", ["name"], unique=True)'


def _thing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (id int, name text)"))
        connection.execute(text("INSERT INTO thing VALUES (1, 'a'), (2, 'b'), (3, 'b')"))


@pytest.fixture
def engine(copy_of: CopyOf) -> Iterator[Engine]:
    engine = connect(copy_of("thing", _thing), application="editor", pool_size=10, statement_timeout=20)
    yield engine
    engine.dispose()


@contextmanager
def in_background(work: Callable[[], None]) -> Iterator[None]:
    """Run `work` in a thread during the block; at its end, wait for `work` and raise what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def waiting(engine: Engine, query: str, seconds: float = 0) -> list[Any]:
    """Backends that run `query` (a LIKE pattern) for more than `seconds` and wait for a lock."""
    look = """
        SELECT pid FROM pg_stat_activity WHERE query LIKE :query AND wait_event_type = 'Lock'
        AND datname = current_database() AND clock_timestamp() - query_start > make_interval(secs => :seconds)
    """
    with engine.connect() as connection:
        return list(connection.scalars(text(look), {"query": query, "seconds": seconds}))


def test_many_processes_at_once_migrate_once(engine: Engine, tmp_path: Path) -> None:
    folders = folder_of(tmp_path, 'op.execute("CREATE TABLE once (id int)"); op.execute("INSERT INTO once VALUES (1)")')
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def migrate() -> None:
        together.wait()
        try:
            apply(folders, engine)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM once")) == 1


def test_who_waits_for_another_migration_has_no_transaction(engine: Engine, tmp_path: Path) -> None:
    folders = folder_of(tmp_path, 'op.execute("CREATE TABLE once (id int)")')
    with engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        holder.commit()
        pid = holder.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        with in_background(lambda: apply(folders, engine)):
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                others = "SELECT xact_start FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock(%' AND pid <> :pid"
                others += " AND pid <> pg_backend_pid() AND state LIKE 'idle%'"
                seen = eventually(lambda: connection.execute(text(others), {"pid": pid}).all(), seconds=10)
            assert [row.xact_start for row in seen] == [None]
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            holder.commit()
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('once')")) == "once"


def test_a_migration_waits_three_seconds_for_a_lock_and_any_time_for_its_own_work(engine: Engine, tmp_path: Path) -> None:
    settings = "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement"
    apply(folder_of(tmp_path, f'op.execute("CREATE TABLE seen AS {settings}")'), engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT * FROM seen")).one() == ("3s", "0")


def test_a_migration_gives_up_and_names_who_blocks_it(engine: Engine, tmp_path: Path) -> None:
    folders = folder_of(tmp_path, 'op.execute("CREATE TABLE first (id int)")', 'op.execute("ALTER TABLE thing ADD more int")')
    with engine.connect() as reader:
        pid = reader.scalar(text("SELECT pg_backend_pid() FROM thing LIMIT 1"))
        with pytest.raises(MigrationBlocked, match=rf"ALTER TABLE thing ADD more int.* 2 tries.*process {pid} \(editor, user"):
            apply(folders, engine, IMPATIENT)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "0001", "what was applied stays applied"
    apply(folders, engine, IMPATIENT)
    with engine.connect() as connection:
        connection.execute(text("SELECT more FROM thing"))


def test_a_blocked_migration_lets_others_pass_and_tries_again(engine: Engine, tmp_path: Path) -> None:
    """A reader holds the table. The ALTER waits for it, and a second reader waits behind the ALTER until that gives up."""
    folders = folder_of(tmp_path, 'op.execute("ALTER TABLE thing ADD more int")')
    with engine.connect() as reader, in_background(lambda: apply(folders, engine, STUBBORN)):
        try:
            reader.execute(text("SELECT FROM thing"))
            eventually(lambda: waiting(engine, "ALTER TABLE thing%"), seconds=10, every=0.01)
            with engine.connect() as another:
                another.execute(text("SET LOCAL lock_timeout = '3s'"))
                assert another.scalar(text("SELECT count(*) FROM thing")) == 3
        finally:
            reader.rollback()
    with engine.connect() as connection:
        connection.execute(text("SELECT more FROM thing"))


def test_an_index_is_built_while_others_write(engine: Engine, tmp_path: Path) -> None:
    """It may wait for older transactions for longer than a migration may wait for a lock: nobody waits for it."""
    folders = folder_of(tmp_path, INDEX)
    with engine.connect() as writer:
        writer.execute(text("INSERT INTO thing VALUES (4, 'c')"))
        with in_background(lambda: apply(folders, engine, ONCE)):
            try:
                eventually(lambda: waiting(engine, "CREATE INDEX%", seconds=3 * ONCE.lock_timeout), seconds=10)
                with engine.begin() as another:
                    another.execute(text("SET LOCAL lock_timeout = '1s'"))
                    another.execute(text("INSERT INTO thing VALUES (5, 'd')"))
            finally:
                writer.commit()
    assert is_valid(engine)


def test_an_index_that_a_failed_build_left_is_built_again(engine: Engine, tmp_path: Path) -> None:
    folders = folder_of(tmp_path, UNIQUE)
    with pytest.raises(IntegrityError):
        apply(folders, engine)
    assert is_valid(engine) is False
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM thing WHERE id = 3"))
    apply(folders, engine)
    assert is_valid(engine)


def test_an_index_that_was_built_before_a_crash_is_kept(engine: Engine, tmp_path: Path) -> None:
    """The process was killed after the build and before the version was stored."""
    with engine.begin() as connection:
        connection.execute(text("CREATE INDEX thing_by_name ON thing (name)"))
        before = connection.scalar(text("SELECT 'thing_by_name'::regclass::oid"))
    apply(folder_of(tmp_path, INDEX), engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 'thing_by_name'::regclass::oid")) == before


def is_valid(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('thing_by_name')"))
