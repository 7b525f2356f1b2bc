"""Measures the availability of all spaces for a month, as a multiple of a call that does nothing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench.caller import Caller
from bench.children import Child, python
from bench.contenders import Linli
from bench.figures import percentile
from bench.results import Goal, Section
from bench.world import World
from chassis.database.migrate import CHASSIS, apply

DAYS = 30
# Bookings of every leaf space. The first ones fill the requested month. The rest is in the past.
_FILL = """
    WITH leaf AS (SELECT id, count(*) OVER () AS leaves
        FROM space WHERE NOT divisible),
    times AS (
        SELECT leaf.id AS space_id, gen_random_uuid() AS booking_id, date_trunc('hour', now())
            + CASE WHEN n < 30 * 12 THEN (n / 12) * interval '1 day' + (n % 12) * interval '2 hours'
                   ELSE (30 * 12 - 1 - n) * interval '2 hours' END AS at
        FROM leaf, LATERAL generate_series(0, :rows / leaf.leaves) n),
    filled AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at)
        SELECT booking_id, 'liuyi', 1, space_id, booking_id, booking_id, at, at + interval '1 hour', 'confirmed', 1, now()
        FROM times RETURNING id, space_id, starts_at, ends_at)
    INSERT INTO claim (holder_kind, holder_id, resource_id, community_id, during, state)
    SELECT 'booking', id, space_id, 'liuyi', tstzrange(starts_at, ends_at), 'confirmed' FROM filled
"""


def measure(world: World) -> list[Section]:
    rows, count = (10_000, 30) if world.quick else (200_000, 150)
    linli = Linli(world, "centre", ("booking",))
    world.run_sql("centre_booking", "TRUNCATE claim, booking CASCADE")  # the demo's bookings would conflict
    with world.engine("centre_booking").begin() as connection:
        connection.execute(text(_FILL), {"rows": rows})
        held = connection.scalar(text("SELECT count(*) FROM booking"))
        spaces = connection.scalar(text("SELECT count(*) FROM space"))
    world.run_sql("centre_booking", "VACUUM ANALYZE")
    month, nothing = _times(world, linli, count)
    ratio = percentile(month, 0.5) / percentile(nothing, 0.5)
    section = Section(
        "Month availability of the whole centre",
        f"One caller over RPC, {spaces} spaces, {held:,} bookings, {DAYS} days; "
        f"ten calls of each kind in turn, {count} in all.",
        ("call", "p50 ms", "p99 ms"),
        [
            ("an empty RPC", f"{percentile(nothing, 0.5):.2f}", f"{percentile(nothing, 0.99):.2f}"),
            ("get_centre_availability", f"{percentile(month, 0.5):.2f}", f"{percentile(month, 0.99):.2f}"),
        ],
        [Goal.at_most("Month availability as a multiple of an empty RPC", 10, ratio)],
    )
    return [section]


def _times(world: World, linli: Linli, count: int) -> tuple[list[float], list[float]]:
    """Return the durations in milliseconds of the availability calls and of the empty calls."""
    world.create_database("centre_empty")
    apply([CHASSIS], world.engine("centre_empty"))
    contender = linli.start()
    empty = Child("empty", python("bench.empty"), linli.home, linli.environment)
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    window = {"from": start.isoformat(), "to": (start + timedelta(days=DAYS)).isoformat()}
    month, nothing = [], []
    try:
        empty.wait_until(lambda: empty.says("SERVING\n"))
        with Caller(linli) as caller:
            world.note("month availability")
            for number in range(count // 10 + 1):  # the first ten warm up
                taken = caller.times("booking", "get_centre_availability", window, 10)
                rested = caller.times("empty", "nothing", {}, 10)
                if number:
                    month += taken
                    nothing += rested
    finally:
        empty.end()
        contender.end()
    return month, nothing
