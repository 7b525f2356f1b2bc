"""Tables that were partitioned while they were in use: rows, uniqueness and order stay, and nothing is read or built."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from uuid_utils.compat import uuid7

from chassis import service_registry
from chassis.background.expiry import PartitionExpiry
from chassis.background.housekeeping import CHASSIS_EXPIRIES
from chassis.database.migrate import config, locations
from tests.conftest import CopyOf, DatabaseOf
from tests.integration.migrations.test_locks import watching


@dataclass(frozen=True)
class Case:
    """`before` is the revision before the one that partitions `table`, in the folder number `folder` of the service."""

    service: str
    folder: int
    before: str
    table: str
    insert: str  # with :id; for one row
    before_all: str = "SELECT"
    built_before: str = ""  # the revision after which nothing may be built
    partitioned: str = "head"  # the revision that partitions the table

    def migrate(self, engine: Engine, revision: str, change: Callable[..., None] = command.upgrade) -> None:
        with engine.connect() as connection:
            folders = locations(self.service)
            for folder, version_table in folders[: self.folder]:
                command.upgrade(config(folder, version_table, connection), "head")
                connection.commit()
            folder, version_table = folders[self.folder]
            change(config(folder, version_table, connection), revision)
            connection.commit()


INBOX = Case(
    "booking",
    0,
    "chassis_0003",
    "inbox",
    "INSERT INTO inbox (consumer, event_id, state, subject) VALUES ('c', :id, 'handled', 's')",
)
NOTIFICATION = Case(
    "notify",
    1,
    "notify_0004",
    "notification",
    "INSERT INTO notification (id, event_id, account_id, community_id, version, channel, template, language, created_at, "
    "state, contact_point_id) VALUES (:id, :id, '00000000-0000-0000-0000-000000000001', 'liuyi', 1, 'sms', 't', 'en', now(), "
    "'failed', '00000000-0000-0000-0000-000000000002')",
    before_all="INSERT INTO contact_point (id, community_id, version, account_id, channel, address, address_index, "
    "sealed_at, verified, created_at) VALUES ('00000000-0000-0000-0000-000000000002', 'liuyi', 1, gen_random_uuid(), 'sms', "
    "'', '', now(), true, now())",
    built_before="notify_0005",
)
REVEAL = Case(
    "gateway",
    1,
    "0006",
    "reveal",
    "INSERT INTO reveal (id, community_id, at, account_id, subjects, fields, operation, correlation_id) "
    "VALUES (:id, 'liuyi', now(), gen_random_uuid(), '[]', '[]', 'o', 'c')",
    built_before="0007",
    partitioned="0008",
)
CASES = [pytest.param(case, id=case.table) for case in (INBOX, NOTIFICATION, REVEAL)]
NUMBERS = {"inbox": "sequence", "notification": "seq"}  # columns that count
# More than one page, so that a scan would be seen, and ids of both kinds.
IDS = [*(uuid7() for _ in range(50)), *(uuid4() for _ in range(50))]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def old(case: Case, copy_of: CopyOf) -> Iterator[Engine]:
    """A database before the migration, with rows."""

    def fill(engine: Engine) -> None:
        case.migrate(engine, case.before)
        with engine.begin() as connection:
            connection.execute(text(case.before_all))
            for event_id in IDS:
                connection.execute(text(case.insert), {"id": event_id})

    engine = create_engine(copy_of(f"old_{case.table}", fill))
    yield engine
    engine.dispose()


def everything(engine: Engine, table: str) -> list[Any]:
    with engine.connect() as connection:
        return sorted(str(row) for row in connection.execute(text(f"SELECT * FROM {table}")))  # noqa: S608  constants


def indexes(connection: Connection, table: str) -> dict[str, tuple[int, str]]:
    """Name → file and definition, without the names of index and table."""
    query = """
        SELECT c.relname, c.relfilenode, regexp_replace(pg_get_indexdef(c.oid), ' INDEX .* USING ', ' ')
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = CAST(:table AS regclass)
    """
    return {name: (file, definition) for name, file, definition in connection.execute(text(query), {"table": table})}


def test_all_rows_are_there_and_nothing_was_built(case: Case, old: Engine) -> None:
    rows = everything(old, case.table)
    if case.built_before:
        case.migrate(old, case.built_before)
    with old.connect() as connection:
        before = sorted(indexes(connection, case.table).values())
    case.migrate(old, case.partitioned)
    assert everything(old, case.table) == rows
    with old.connect() as connection:
        assert sorted(indexes(connection, f"{case.table}_default").values()) == before
        parents = {definition for _, definition in indexes(connection, case.table).values()}
        assert {definition.replace(" ON ONLY ", " ON ") for definition in parents} <= {definition for _, definition in before}


def test_no_row_is_read_while_the_table_is_locked(case: Case, old: Engine) -> None:
    case.migrate(old, case.built_before or case.before)
    with old.connect() as connection, watching(connection) as scans:
        folder, version_table = locations(case.service)[case.folder]
        command.upgrade(config(folder, version_table, connection), "head")
    assert scans == []


def test_old_rows_and_new_ones_are_unique_together(case: Case, old: Engine) -> None:
    case.migrate(old, "head")
    for event_id in (IDS[0], IDS[-1]):
        with pytest.raises(IntegrityError), old.begin() as connection:
            connection.execute(text(case.insert), {"id": event_id})


@pytest.mark.parametrize("case", CASES[:2], indirect=True)
def test_numbers_continue(case: Case, old: Engine) -> None:
    column = NUMBERS[case.table]
    with old.connect() as connection:
        last = connection.scalar(text(f"SELECT max({column}) FROM {case.table}"))  # noqa: S608  constants
    case.migrate(old, "head")
    with old.begin() as connection:
        for number in (1, 2):
            connection.execute(text(case.insert), {"id": uuid7()})
            assert connection.scalar(text(f"SELECT max({column}) FROM {case.table}")) == last + number  # noqa: S608  constants


def test_a_downgrade_gives_the_old_table_back_with_all_rows(case: Case, old: Engine) -> None:
    with old.connect() as connection:
        before = {name: definition for name, (_, definition) in indexes(connection, case.table).items()}
    case.migrate(old, "head")
    with old.begin() as connection:
        for event_id in (uuid7(), UUID(int=2**128 - 1)):
            connection.execute(text(case.insert), {"id": event_id})
        partition(connection, case.table)
    rows = everything(old, case.table)
    case.migrate(old, case.before, command.downgrade)
    assert everything(old, case.table) == rows
    with old.begin() as connection:
        assert {name: definition for name, (_, definition) in indexes(connection, case.table).items()} == before
        connection.execute(text(case.insert), {"id": uuid7()})
        identity = text("SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attidentity = 'a'")
        numbered = connection.scalars(identity, {"table": case.table}).all()
    assert everything(old, case.table) != rows
    if numbered:
        with pytest.raises(ProgrammingError, match="GENERATED ALWAYS"), old.begin() as connection:
            connection.execute(text(f"INSERT INTO {case.table} ({numbered[0]}) VALUES (1)"))  # noqa: S608  constants
    assert numbered == [name for table, name in NUMBERS.items() if table == case.table]


def partition(connection: Connection, table: str) -> None:
    """Give the last rows a partition, so that a downgrade must move them."""
    last = UUID(int=2**128 - 1)
    connection.execute(text(f"ALTER TABLE {table} DETACH PARTITION {table}_default"))
    connection.execute(text(f"CREATE TABLE {table}_last PARTITION OF {table} FOR VALUES FROM ('{last}') TO (MAXVALUE)"))
    key = connection.scalar(text("SELECT pg_get_partkeydef(CAST(:table AS regclass))"), {"table": table})
    key = str(key).removeprefix("RANGE (").removesuffix(")")
    moved = f"WITH moved AS (DELETE FROM {table}_default WHERE {key} = '{last}' RETURNING *) "  # noqa: S608  constants
    moved += f"INSERT INTO {table} SELECT * FROM moved"  # noqa: S608  constants
    connection.execute(text(moved))
    connection.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {table}_default DEFAULT"))


@pytest.mark.parametrize("service", service_registry.names())
def test_upkeep_deletes_rows_of_plain_tables_and_drops_partitions_of_others(service: str, database_of: DatabaseOf) -> None:
    expiries = [*CHASSIS_EXPIRIES, *service_registry.class_of(service).expiries()]
    with database_of(service).connect() as connection:
        kind = text("SELECT relkind FROM pg_class WHERE relname = :name")
        for expiry in expiries:
            expected = "p" if isinstance(expiry, PartitionExpiry) else "r"
            assert connection.scalar(kind, {"name": expiry.table}) == expected, expiry
        for expiry in expiries:
            if isinstance(expiry, PartitionExpiry):
                assert connection.scalar(text(f"SELECT count(*) FROM {expiry.partitions.default}")) == 0  # noqa: S608  constants
