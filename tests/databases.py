"""Databases for tests on one PostgreSQL server: a template each kind of database, copied file by file.

Measured on a database of cases: `CREATE DATABASE` takes 340 ms with `STRATEGY wal_log`, the default, and 18 ms with
`STRATEGY file_copy` on a server that does not wait for the disk (280 ms on one that does). See ADR 0029.
"""

import os
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, make_url, text

# A test's data may be lost with the machine. Everything else that PostgreSQL promises, crash of a process included, stays.
NOT_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def forget_durability(server_url: str) -> None:
    """Make the server answer a commit before the disk has it. For a test server only; needs a superuser."""
    with _maintenance(server_url) as connection:
        for setting in NOT_DURABLE:
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))


class Databases:
    """Makes and drops databases over one connection to the server's maintenance database."""

    def __init__(self, server_url: str) -> None:
        self._url = make_url(server_url)
        self._admin = _maintenance(server_url)
        self._templates: dict[str, str] = {}
        self._numbers = count(1)

    def template(self, name: str, fill: Callable[[Engine], Any]) -> str:
        """Name of a database that `fill` was called for, once for each `name`."""
        if name not in self._templates:
            database = f"linli_test_{os.getpid()}_{name}"
            self._admin.execute(text(f'CREATE DATABASE "{database}"'))
            engine = create_engine(self.url_of(database))
            fill(engine)
            engine.dispose()  # nobody may be connected to what is copied
            self._templates[name] = database
        return self._templates[name]

    def copy(self, template: str) -> str:
        """URL of a new database with the content of `template`."""
        name = f"{template}_{next(self._numbers)}"
        self._admin.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'))
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Also where somebody is still connected."""
        self._admin.execute(text(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)'))

    def url_of(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        for name in self._templates.values():
            self.drop(self.url_of(name))
        self._admin.close()
        self._admin.engine.dispose()


def _maintenance(server_url: str) -> Connection:
    return create_engine(server_url, isolation_level="AUTOCOMMIT").connect()
