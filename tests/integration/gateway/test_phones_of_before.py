"""The phones of accounts that were there before the list of phones."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.integration.gateway.test_systems_migration import empty, migrate  # noqa: F401 - a fixture
from tests.patience import eventually

INSERT = text(
    "INSERT INTO account (id, community_id, version, party, phone, phone_index, contact_phone, contact_phone_index, made_by,"
    " key_id, created_at) VALUES (CAST(:id AS uuid), 'liuyi', 1, 'resident', CAST(:own AS bytea), CAST(:own AS bytea),"
    " CAST(:contact AS bytea), CAST(:contact AS bytea), gen_random_uuid(), 'key', now())"
)
PHONES = text(
    "SELECT account_id::text, use, main, phone, phone = phone_index AS same FROM resident_phone ORDER BY account_id, use"
)


def id_of(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def insert(engine: Engine, number: int, own: bytes | None = None, contact: bytes | None = None) -> None:
    with engine.begin() as connection:
        connection.execute(INSERT, {"id": id_of(number), "own": own, "contact": contact})


def phones(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [(row[0][-1], row.use, bytes(row.phone), row.main and row.same) for row in connection.execute(PHONES)]


def test_they_come_into_the_list_and_new_ones_follow(empty: Engine) -> None:  # noqa: F811
    migrate(empty, "0033")
    insert(empty, 1, b"one")
    insert(empty, 2, None, b"daughter")
    insert(empty, 3, b"three", b"daughter")
    insert(empty, 4)
    migrate(empty, "0034")
    insert(empty, 5, b"five")  # by the last release, which still runs
    with empty.begin() as connection:
        connection.execute(text("UPDATE account SET phone = 'uno', phone_index = 'uno' WHERE id = :id"), {"id": id_of(1)})
    migrate(empty, "head")
    migrate(empty, "head")
    assert phones(empty) == [
        ("1", "sign_in", b"uno", True),
        ("2", "contact", b"daughter", True),
        ("3", "contact", b"daughter", True),
        ("3", "sign_in", b"three", True),
        ("5", "sign_in", b"five", True),
    ]


def test_an_account_that_is_changed_at_the_moment_is_not_missed(empty: Engine) -> None:  # noqa: F811
    """The copy leaves the locked account, and comes back to it. The number that was there before is free."""
    migrate(empty, "0033")
    insert(empty, 1, b"one")
    insert(empty, 2, b"two")
    migrate(empty, "0034")
    changed = Event()
    with empty.connect() as connection, ThreadPoolExecutor(1) as pool:
        connection.execute(text("UPDATE account SET phone = NULL, phone_index = NULL WHERE id = :id"), {"id": id_of(1)})
        running = pool.submit(lambda: (migrate(empty, "head"), changed.set()))
        eventually(lambda: phones(empty))
        assert not changed.is_set()
        connection.commit()
        running.result(timeout=60)
    assert phones(empty) == [("2", "sign_in", b"two", True)]


@pytest.mark.parametrize("number", [1, 1_000, 1_001, 2_300])
def test_many_accounts(empty: Engine, number: int) -> None:  # noqa: F811
    migrate(empty, "0033")
    with empty.begin() as connection:
        many = [{"id": id_of(one), "own": b"%d" % one, "contact": None} for one in range(1, number + 1)]
        connection.execute(INSERT, many)
    migrate(empty, "head")
    assert len(phones(empty)) == number
