"""The keys of earlier releases become keys of systems."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text

from chassis.database.migrate import config, locations
from gateway.database import Base
from gateway.systems import models
from tests.conftest import CopyOf, DatabaseOf
from tests.schema_differences import differences

FOLDERS = locations("gateway")
INSERT = text(
    "INSERT INTO api_key (id, community_id, version, label, prefix, secret_hash, scopes, whole_district, created_by,"
    " created_at)"
    " VALUES (gen_random_uuid(), 'liuyi', 1, CAST(:label AS text), 'lk_1', sha256(CAST(CAST(:label AS text) AS bytea)),"
    " '[\"messages:read\"]', :whole, gen_random_uuid(), now())"
)
SYSTEMS = text(
    "SELECT k.id = s.id AS same, s.name, s.rights, s.communities, s.whole_district, s.community_id, k.expires_at, k.kind"
    " FROM api_key k JOIN system s ON s.id = k.system_id ORDER BY s.name"
)


@pytest.fixture
def empty(copy_of: CopyOf) -> Iterator[Engine]:
    engine = create_engine(copy_of("empty", lambda engine: None))
    yield engine
    engine.dispose()


def migrate(engine: Engine, revision: str) -> None:
    with engine.connect() as connection:
        for folder, version_table in FOLDERS:
            own = (folder, version_table) == FOLDERS[-1]
            command.upgrade(config(folder, version_table, connection), revision if own else "head")
            connection.commit()


def insert(engine: Engine, *labels: str, whole: bool = False) -> None:
    with engine.begin() as connection:
        for label in labels:
            connection.execute(INSERT, {"label": label, "whole": whole})


def systems(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(SYSTEMS)]


def test_each_key_gets_a_system_with_its_rights_and_reach(empty: Engine) -> None:
    migrate(empty, "0019")
    insert(empty, "a", "b")
    insert(empty, "c", whole=True)
    migrate(empty, "0021")
    insert(empty, "d")  # by the last release, which still runs
    migrate(empty, "head")
    insert(empty, "e")
    own = (["messages:read"], ["liuyi"], False, "liuyi", None, "key")
    assert systems(empty) == [
        (True, "a", *own),
        (True, "b", *own),
        (True, "c", ["messages:read"], [], True, "liuyi", None, "key"),
        (True, "d", *own),
        (True, "e", *own),
    ]


def test_migrations_and_models_agree(database_of: DatabaseOf) -> None:
    assert models.System.__table__.metadata is Base.metadata
    tables = ("system", "api_key")  # and system_token
    found = [one for one in differences(Base.metadata, database_of("gateway")) if any(name in str(one) for name in tables)]
    assert found == []
