"""What must not exist after a race, counted by slow and obvious queries."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, text

OVERLAPS = """
    SELECT count(*) FROM claim a JOIN claim b ON a.resource_id = b.resource_id AND a.ctid < b.ctid AND a.during && b.during
    WHERE a.state = 'confirmed' AND b.state = 'confirmed'
"""
# A confirmed booking has one claim on each leaf of its space, for its time with the turnover. Nothing else has any.
WRONG_CLAIMS = """
    WITH leaf AS (
        SELECT s.id AS space_id, coalesce(p.id, s.id) AS resource_id FROM space s LEFT JOIN space p ON p.parent_id = s.id),
    due AS (
        SELECT b.id AS holder_id, l.resource_id, tstzrange(b.starts_at - s.buffer_before_minutes * interval '1 minute',
            b.ends_at + s.buffer_after_minutes * interval '1 minute') AS during
        FROM booking b JOIN space s ON s.id = b.space_id JOIN leaf l ON l.space_id = s.id WHERE b.state = 'confirmed'),
    had AS (SELECT holder_id, resource_id, during FROM claim WHERE holder_kind = 'booking' AND state = 'confirmed')
    SELECT (SELECT count(*) FROM (SELECT * FROM due EXCEPT ALL SELECT * FROM had) missing)
        + (SELECT count(*) FROM (SELECT * FROM had EXCEPT ALL SELECT * FROM due) extra)
"""
OVER_LIMIT = """
    SELECT count(*) FROM (
        SELECT FROM booking b JOIN space s ON s.id = b.space_id
        WHERE s.kind = 'court' AND b.state = 'confirmed' AND b.resident_id = ANY (CAST(:residents AS uuid[]))
        GROUP BY b.resident_id, CAST(b.starts_at AT TIME ZONE 'Asia/Shanghai' AS date) HAVING count(*) > :allowed) over_limit
"""
IN_A_CLOSURE = """
    WITH closed AS (
        SELECT c.starts_at, c.ends_at, cs.space_id FROM closure c JOIN closure_space cs ON cs.closure_id = c.id
        WHERE c.ended_at IS NULL),
    touched AS (
        SELECT starts_at, ends_at, space_id FROM closed
        UNION SELECT c.starts_at, c.ends_at, s.parent_id FROM closed c JOIN space s ON s.id = c.space_id
        UNION SELECT c.starts_at, c.ends_at, s.id FROM closed c JOIN space s ON s.parent_id = c.space_id)
    SELECT count(*) FROM booking b
    JOIN touched t ON t.space_id = b.space_id AND b.starts_at < t.ends_at AND t.starts_at < b.ends_at
    WHERE b.state = 'confirmed' AND b.starts_at > now()
"""
# Each version of a booking is announced once, in the transaction that made it.
UNANNOUNCED = """
    SELECT count(*) FROM booking b
    WHERE (SELECT count(*) FROM outbox o WHERE o.aggregate_id = b.id) <> b.version
        AND b.resident_id = ANY (CAST(:residents AS uuid[]))
"""
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Each must be 0."""

    overlapping_claims: int
    wrong_claims: int
    over_limit: int
    booked_in_a_closure: int
    lost: int
    unannounced: int
    unpublished: int


def verdict(engine: Engine, promised: Mapping[str, int], residents: list[str], allowed: int) -> Verdict:
    """`promised` is the newest version of each booking that somebody was told. The outbox must be empty of work by now."""
    with engine.connect() as connection:

        def count(statement: str, **parameters: object) -> int:
            return int(connection.scalar(text(statement), parameters) or 0)

        stored = dict(connection.execute(text("SELECT CAST(id AS text), version FROM booking")).tuples().all())
        return Verdict(
            overlapping_claims=count(OVERLAPS),
            wrong_claims=count(WRONG_CLAIMS),
            over_limit=count(OVER_LIMIT, residents=residents, allowed=allowed),
            booked_in_a_closure=count(IN_A_CLOSURE),
            lost=sum(stored.get(booking_id, 0) < version for booking_id, version in promised.items()),
            unannounced=count(UNANNOUNCED, residents=residents),
            unpublished=count(UNPUBLISHED),
        )
