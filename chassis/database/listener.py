"""Wake up when something was committed: PostgreSQL's NOTIFY, with a timeout as the fallback."""

import select
from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import Engine

from chassis.database.engine import NOTICE_A_DEAD_LINK


class Listener:
    """A connection of its own that listens on `channels`. One greenlet at a time."""

    def __init__(self, engine: Engine, *channels: str) -> None:
        parameters = {**NOTICE_A_DEAD_LINK, **engine.dialect.create_connect_args(engine.url)[1]}
        self._connection = psycopg.connect(**parameters, autocommit=True, application_name="linli-listener")
        for channel in channels:
            self._connection.execute(f'LISTEN "{channel}"')

    def wait(self, seconds: float) -> bool:
        """True as soon as anything was notified since the last call, False after `seconds`."""
        if self._heard():
            return True
        # psycopg would look ten times a second; the socket wakes us just as soon.
        select.select([self._connection.fileno()], [], [], seconds)
        return self._heard()

    def _heard(self) -> bool:
        """Takes everything that has come, since the socket does not tell of it a second time."""
        return bool(list(self._connection.notifies(timeout=0)))

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
