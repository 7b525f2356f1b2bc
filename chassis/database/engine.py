"""One engine per service and process, and what every aggregate's table has.

The engine waits cooperatively (see chassis.monkey_patch), gives statements and idle transactions a time limit, and keeps
as many connections as the service has workers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import DateTime, Engine, Text, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column
from sqlalchemy.pool import QueuePool
from uuid_utils.compat import uuid7

from chassis.config import settings
from chassis.database.pool import ShrinkingPool
from chassis.observability import traces
from chassis.rpc.refusal import VersionMismatch

# PostgreSQL cannot be reached or ends the connection, its disk is full, or a lock, a statement or the pool took too long.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
_POSTGRESQL = {"db.system.name": "postgresql"}


# A server that vanished without a word (its machine died, a firewall forgot us) is noticed within half a minute; the
# system's own patience is a quarter of an hour for a query and two hours for a listener.
NOTICE_A_DEAD_LINK = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def connect(
    url: str, *, application: str, pool_size: int, statement_timeout: float, poolclass: type[QueuePool] = QueuePool
) -> Engine:
    """An engine for `url` (postgresql+psycopg). Times in seconds; the pool refuses after 5 s without a connection."""
    options = (
        f"-c statement_timeout={int(statement_timeout * 1000)}"
        " -c idle_in_transaction_session_timeout=60000 -c lock_timeout=5000 -c timezone=UTC"
    )
    return create_engine(
        url,
        poolclass=poolclass,
        pool_size=pool_size,
        max_overflow=4,  # relay and retry loops work beside the workers
        pool_timeout=5,
        hide_parameters=True,  # they may be names and phone numbers, and errors are logged
        pool_recycle=1800,
        pool_use_lifo=True,
        connect_args={
            "options": options,
            "application_name": application,
            "prepare_threshold": 2,
            **NOTICE_A_DEAD_LINK,
        },
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )


@cache
def engine_of(service: str) -> Engine:
    """The process's engine for the service's own database."""
    config = settings()
    return connect(
        config.database_url_of(service),
        application=f"linli-{service}",
        pool_size=config.workers,
        statement_timeout=config.statement_timeout,
        # A server with replicas keeps its connections for the next burst. One machine saves the server's processes.
        poolclass=ShrinkingPool if config.embedded_broker else QueuePool,
    )


# How many sessions this greenlet, or thread, has open: each has a context of its own.
_open_sessions: ContextVar[int] = ContextVar("open_sessions", default=0)


class SessionOpen(RuntimeError):
    """A bug: code waits for another system while it holds a database connection, and perhaps locks."""


def expect_no_open_session(doing: str) -> None:
    """Raises SessionOpen inside `transaction` or `reading`. Call it before anything that waits for another system: while
    that is slow, locks would be held and the connection pool would run empty."""
    if _open_sessions.get():
        raise SessionOpen(f"{doing} inside an open database session")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session in one transaction: committed at the end of the block, rolled back if it raises."""
    token = _open_sessions.set(_open_sessions.get() + 1)
    try:
        with (
            traces.within("transaction", **_POSTGRESQL),
            Session(engine, expire_on_commit=False) as session,
            session.begin() as work,
        ):
            yield session
            with traces.within("commit", **_POSTGRESQL):
                work.commit()
    finally:
        _open_sessions.reset(token)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session for reads: each statement sees what is committed when it starts, and no BEGIN or COMMIT is sent."""
    token = _open_sessions.set(_open_sessions.get() + 1)
    try:
        with (
            engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
    finally:
        _open_sessions.reset(token)


# Python types of `Mapped[...]` columns; each service's own Base takes them: `type_annotation_map = COLUMN_TYPES`.
COLUMN_TYPES: dict[Any, Any] = {
    str: Text,
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
}


class Aggregate:
    """Mixin for what is changed and announced as one: an id, the community it belongs to, and a version.

    Every change of state goes through a method that calls `changed()`; the new version is the one that the message
    about it carries, and the UPDATE names the old one, so two writers cannot both succeed (SQLAlchemy raises
    StaleDataError, which a command answers as VersionMismatch). `id` and `version` are set when the object is made,
    so that a message can be built before the flush.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    version: Mapped[int]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version, "version_id_generator": False}

    def changed(self) -> None:
        """Count a change of state."""
        self.version += 1

    def expect_version(self, version: int | None) -> None:
        """Raises VersionMismatch if the caller saw another version; None means that it does not mind."""
        if version is not None and version != self.version:
            raise VersionMismatch(version=self.version)


@event.listens_for(Aggregate, "init", propagate=True)
def _begin(target: Aggregate, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    kwargs.setdefault("id", uuid7())
    kwargs.setdefault("version", 1)
