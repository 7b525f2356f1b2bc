"""The same on stock nameko 3, as its documentation shows: @rpc, commit, then dispatch; @event_handler, commit."""

import os
from pathlib import Path
from typing import Any

from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.rpc import rpc
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from tests.faults import tables
from tests.faults.kill_points import reached

CURED = "LINLI_TEST_CURED"


class Database(DependencyProvider):
    """A session for each call, as nameko's community extension for SQLAlchemy gives one."""

    engine: Engine

    def setup(self) -> None:
        url = os.environ[f"LINLI_DATABASE_URL_{self.container.service_name.upper()}"]
        self.engine = create_engine(url)
        self.sessions: dict[Any, Session] = {}

    def get_dependency(self, worker_ctx: Any) -> Session:
        session = self.sessions[worker_ctx] = Session(self.engine)
        return session

    def worker_teardown(self, worker_ctx: Any) -> None:
        self.sessions.pop(worker_ctx).close()


class Tally:
    name = "tally"
    session = Database()
    dispatch = EventDispatcher()

    @rpc
    def count(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload.pop("once", False) and self.session.scalar(text(tables.IS_DONE), payload):
            raise ValueError("this was done before")
        version = self.session.scalar(text(tables.COUNT), payload)
        self.session.execute(text(tables.REMEMBER_DONE), payload | {"version": version})
        reached("count-before-commit")
        self.session.commit()
        reached("count-after-commit")
        self.dispatch("counted", payload | {"version": version})
        reached("relay-after-publish")
        return {"version": version}


class Listener:
    name = "listener"
    session = Database()

    @event_handler("tally", "counted")
    def hear(self, data: dict[str, Any]) -> None:
        reached("hear-before-handler")
        self.session.execute(text(tables.REMEMBER_HEARD), data)
        self.session.execute(text(tables.WORK), {"seconds": data.get("work", 0.0)})
        if data.get("poison") and not Path(os.environ[CURED]).exists():
            raise ValueError("cannot stomach this")
        reached("hear-before-commit")
        self.session.commit()
        reached("hear-after-commit")
