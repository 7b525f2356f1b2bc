"""`python -m tests.faults.linli.run listener`: one of the services as a process of its own, with its kill points.

The points are put in from outside, here, so that nothing of them is in the chassis.
"""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from chassis.cli.serving import serve
from chassis.database import engine
from chassis.messaging import inbox, relay
from chassis.rpc import entrypoints, idempotency
from tests.faults.kill_points import reached
from tests.faults.linli.services import Door, Listener, Tally


def _marked(owner: Any, name: str, *, before: str = "", after: str = "") -> None:
    work: Callable[..., Any] = getattr(owner, name)

    @wraps(work)
    def marked(*arguments: Any, **options: Any) -> Any:
        if before:
            reached(before)
        result = work(*arguments, **options)
        if after:
            reached(after)
        return result

    setattr(owner, name, marked)


def _mark_handlers() -> None:
    """A point after the handler's work, inside its transaction."""
    receive = inbox.receive

    def receiving(engine: Engine, delivery: inbox.Delivery, handler: inbox.Handler) -> inbox.State:
        def marked(session: Session) -> None:
            handler(session)
            session.flush()
            reached("hear-before-commit")

        return receive(engine, delivery, marked)

    inbox.receive = receiving


def _put_kill_points() -> None:
    _mark_handlers()
    _marked(inbox, "receive", before="hear-before-handler", after="hear-after-commit")
    _marked(relay.OutboxRelay, "_settled", before="relay-after-publish")
    _marked(idempotency, "store", after="count-before-commit")
    _marked(entrypoints, "run_once", after="count-after-commit")


def _shorten_idle_transactions(milliseconds: str) -> None:
    """The chassis lets a transaction idle for 60 s; a test need not wait that long."""

    @event.listens_for(Engine, "connect")
    def shorten(connection: Any, _record: Any) -> None:
        connection.execute(f"SET idle_in_transaction_session_timeout = {int(milliseconds)}")
        connection.commit()


def _shrink_pools(size: str) -> None:
    connect = engine.connect

    def smaller(url: str, **options: Any) -> Engine:
        engine = connect(url, **{**options, "pool_size": int(size)})
        engine.pool._timeout = 1.0  # type: ignore[attr-defined]  # after 5 s the lock is given up, too
        return engine

    engine.connect = smaller


if __name__ == "__main__":
    _put_kill_points()
    if size := os.environ.get("LINLI_TEST_POOL_SIZE"):
        _shrink_pools(size)
    if shorter := os.environ.get("LINLI_TEST_IDLE_MS"):
        _shorten_idle_transactions(shorter)
    chosen = {"tally": Tally, "listener": Listener, "door": Door}[sys.argv[1]]
    raise SystemExit(serve([chosen], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
