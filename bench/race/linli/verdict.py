"""Counts what must not exist after a race."""

import time
from collections.abc import Mapping

from sqlalchemy import Engine, text

from bench.race.linli import promises
from bench.race.linli.line import Line
from bench.race.linli.scene import ADMIN, ALLOWED, ALLOWED_MINUTES, RESIDENT_IDS, Scene
from bench.race.tally import Promise, Tally

TABLES = ("booking", "series", "wait")
_AT_REST = text(
    "SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL) AND NOT EXISTS (SELECT FROM freed_time)"
    " AND NOT EXISTS (SELECT FROM inbox WHERE state = 'retrying')"
)
# Waits for exactly one time, whose time has not been offered to them before.
_WAITING = text(
    """
    SELECT w.space_id, w.starts_at, w.ends_at, w.attendees FROM wait w WHERE w.state = 'waiting'
        AND w.open_until > now() AND NOT EXISTS (SELECT FROM wait_offer o WHERE o.wait_id = w.id)
    ORDER BY w.asked_at LIMIT 500
    """
)


def wait_until_at_rest(engine: Engine, seconds: float = 120.0) -> bool:
    """Whether all messages were published and all freed times were offered within `seconds`."""
    end = time.monotonic() + seconds
    with engine.connect() as connection:
        while not (rests := connection.scalar(_AT_REST)) and time.monotonic() < end:
            connection.rollback()
            time.sleep(0.2)
    return bool(rests)


def count_all(engine: Engine, scene: Scene, tally: Tally) -> dict[str, int]:
    """How often each promise was broken. The system must be at rest."""
    parameters = {"residents": RESIDENT_IDS, "rooms": scene.rooms, "allowed": ALLOWED, "minutes": ALLOWED_MINUTES}
    found = {}
    with engine.connect() as connection:
        for name, statement in promises.ALL.items():
            used = {key: value for key, value in parameters.items() if f":{key}" in statement}
            found[name] = int(connection.scalar(text(statement), used) or 0)
    lost = _lost(engine, tally.promised)
    answers = {"promised and lost": lost, "contradicting answers": len(tally.contradictions), "errors": len(tally.odd)}
    return found | answers


def count_waiting_for_free_times(engine: Engine, line: Line) -> int:
    """People who wait for a time that could be booked now."""
    with engine.connect() as connection:
        waiting = connection.execute(_WAITING).mappings().all()
    found = 0
    for one in waiting:
        asked = {"space_id": str(one["space_id"]), "attendees": one["attendees"]}
        times = {name: one[name].isoformat() for name in ("starts_at", "ends_at")}
        reply = line.ask(ADMIN, "check_time", asked | times)
        found += reply is not None and not reply["error"]
    return found


def _lost(engine: Engine, promised: Mapping[Promise, int]) -> int:
    """What somebody was told of and is not there, or only in an older version."""
    with engine.connect() as connection:
        stored = {
            (table, row[0]): row[1]
            for table in TABLES
            for row in connection.execute(text(f"SELECT CAST(id AS text), version FROM {table}"))  # noqa: S608  constants
        }
    return sum(stored.get(promise, 0) < version for promise, version in promised.items())
