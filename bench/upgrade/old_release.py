"""The earlier release: its code with a virtual environment of its own, and data as it stores it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from bench.bookings import SPACE_IDS
from bench.measures.embedded import Embedded
from tests.integration.migrations.last_release import archive

COMMIT = "2d44f3f"
INSTALLING = 900  # seconds at most
BATCH = 1000  # messages of one transaction, as a subscriber handles them under load
CONTRACT = Path("services") / "booking" / "contracts" / "booking.confirmed.v1.json"


def install(folder: Path) -> Path:
    """Write the release's code to `folder` and install what it needs to run there. Returns the folder."""
    archive(COMMIT, folder)
    subprocess.run(["make", ".venv/runs"], cwd=folder, check=True, capture_output=True, timeout=INSTALLING)
    return folder


def run(tree: Path, home: Path) -> Embedded:
    """`linli up` of the release in `tree`."""
    return Embedded(home, root=tree, executable=str(tree / ".venv" / "bin" / "linli"))


@dataclass(frozen=True, slots=True)
class Message:
    """A confirmed booking that was announced. `row` has the columns of a feed entry."""

    event_id: str
    row: dict[str, Any]


def fill_bookings(booking: Engine, residents: list[str], rows: int) -> None:
    """Insert bookings of 15 minutes, one after the other in each of the 200 spaces, around now. Each tenth is cancelled. The
    exclusion constraint is created after the rows, and checks all of them."""
    parameters = {
        "spaces": [str(one) for one in SPACE_IDS],
        "count": len(SPACE_IDS),
        "rows": rows,
        "residents": residents,
        "people": len(residents),
    }
    with booking.begin() as connection:
        definition = connection.scalar(text(_DEFINITION))
        connection.execute(text("ALTER TABLE claim DROP CONSTRAINT claim_no_double_booking"))
        connection.execute(text(_FILL_BOOKINGS), parameters)
        connection.execute(text(f"ALTER TABLE claim ADD CONSTRAINT claim_no_double_booking {definition}"))


_DEFINITION = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'claim_no_double_booking'"
_FILL_BOOKINGS = """
    WITH filled AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at, cancelled_at, cancelled_by)
        SELECT uuidv7(), 'liuyi', CASE WHEN n % 10 = 0 THEN 2 ELSE 1 END, (CAST(:spaces AS uuid[]))[1 + n % :count], r, r, at,
            at + interval '15 minutes', CASE WHEN n % 10 = 0 THEN 'cancelled' ELSE 'confirmed' END, 2,
            now() - interval '7 days', CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 = 0 THEN 'resident' END
        FROM (SELECT n, (CAST(:residents AS uuid[]))[1 + n / :count % :people] AS r,
                date_trunc('hour', now()) + (n / :count - :rows / :count / 2) * interval '15 minutes' AS at
            FROM generate_series(0, :rows - 1) n) times
        RETURNING id, space_id, starts_at, ends_at, state)
    INSERT INTO claim (booking_id, space_id, community_id, blocked, active)
    SELECT id, space_id, 'liuyi', tstzrange(starts_at, ends_at), state = 'confirmed' FROM filled
"""


def announce(tree: Path, booking: Engine, count: int, *, published: bool) -> list[Message]:
    """Add a message to the outbox for `count` bookings that have none, in the order of their ids. They happened in the last
    six days. Those that are not published are what waits when the services are stopped."""
    example = json.loads((tree / CONTRACT).read_text())["examples"][0]
    with booking.begin() as connection:
        rows = connection.execute(text(_ANNOUNCE), {"count": count, "example": json.dumps(example), "published": published})
        return [Message(str(row.event_id), _entry(row)) for row in rows]


_ANNOUNCE = """
    WITH chosen AS (
        SELECT b.*, row_number() OVER (ORDER BY b.id) AS number FROM booking b
        WHERE b.state = 'confirmed' AND b.purpose IS NULL AND NOT EXISTS (SELECT FROM outbox o WHERE o.aggregate_id = b.id)
        ORDER BY b.id LIMIT :count),
    added AS (
        INSERT INTO outbox (event_id, type, aggregate_id, version, community_id, partition, occurred_at, headers, data,
            published_at)
        SELECT uuidv7(ago), 'booking.confirmed.v1', id, version, 'liuyi', CAST(CAST('x' || right(CAST(id AS text), 1) AS bit(4))
            AS int), now() + ago, '{}', CAST(:example AS jsonb) || jsonb_build_object('booking_id', id, 'space_id', space_id,
            'resident_id', resident_id, 'starts_at', starts_at, 'ends_at', ends_at), CASE WHEN :published THEN now() + ago END
        FROM (SELECT *, (number - :count - 1) * interval '6 days' / :count AS ago FROM chosen) timed ORDER BY number
        RETURNING seq, event_id, aggregate_id, version, occurred_at, data)
    SELECT * FROM added ORDER BY seq
"""


def _entry(row: Any) -> dict[str, Any]:
    return {
        "event_id": str(row.event_id),
        "subject": str(row.aggregate_id),
        "version": row.version,
        "occurred_at": row.occurred_at.isoformat(),
        "data": row.data,
    }


def feed(gateway: Engine, messages: list[Message]) -> None:
    """Store messages in the gateway's feed, with the receipts of its subscriber."""
    for rows in _batches(messages):
        with gateway.begin() as connection:
            connection.execute(text(_FEED), {"rows": rows})
            connection.execute(text(_RECEIPTS), {"rows": rows, "consumer": "gateway.feed_booking"})


def notify(notify: Engine, messages: list[Message]) -> None:
    """Store a notification that was read for each message, with the receipts of notify's subscriber."""
    for rows in _batches(messages):
        with notify.begin() as connection:
            connection.execute(text(_NOTIFICATIONS), {"rows": rows})
            connection.execute(text(_RECEIPTS), {"rows": rows, "consumer": "notify.tell_of_booking"})


def mark_handled(booking: Engine) -> None:
    """Note that the embedded broker was seen empty after all of these messages, so that they are not published again."""
    with booking.begin() as connection:
        connection.execute(
            text("INSERT INTO relay_state VALUES ('drained', now()) ON CONFLICT (name) DO UPDATE SET at = now()")
        )


def _batches(messages: list[Message]) -> Iterator[str]:
    for start in range(0, len(messages), BATCH):
        yield json.dumps([message.row for message in messages[start : start + BATCH]])


_ROWS = """
    FROM ROWS FROM (jsonb_to_recordset(CAST(:rows AS jsonb)) AS (event_id uuid, subject text, version bigint,
        occurred_at timestamptz, data jsonb)) WITH ORDINALITY ORDER BY ordinality
"""
_FEED = f"""
    INSERT INTO feed (community_id, event_id, source, type, subject, version, occurred_at, received_at, data)
    SELECT 'liuyi', event_id, 'booking', 'booking.confirmed.v1', subject, version, occurred_at, occurred_at, data {_ROWS}
"""
_RECEIPTS = f"""
    INSERT INTO inbox (consumer, event_id, state, subject, received_at)
    SELECT :consumer, event_id, 'handled', subject, occurred_at {_ROWS}
"""
_NOTIFICATIONS = f"""
    INSERT INTO notification (id, community_id, version, event_id, account_id, channel, template, language, subject_type,
        subject_id, title, body, created_at, read_at, state, settled_at)
    SELECT uuidv7(), 'liuyi', 2, event_id, CAST(data ->> 'resident_id' AS uuid), 'in_app', 'booking_confirmed', 'zh-CN',
        'booking', CAST(subject AS uuid), '预订成功', '', occurred_at, occurred_at, 'delivered', occurred_at {_ROWS}
"""
