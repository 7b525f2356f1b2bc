"""Wakes up when a transaction was committed: PostgreSQL's NOTIFY, with a timeout as the fallback."""

from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from chassis.database import notifications


class Listener(notifications.Bell):
    """Listens on `channels`. Only one greenlet may wait for it. Raises OperationalError if PostgreSQL cannot be reached."""

    def __init__(self, engine: Engine, *channels: str) -> None:
        super().__init__(*channels)
        self._stop_listening = notifications.listen(engine, self)

    def close(self) -> None:
        self._stop_listening()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
