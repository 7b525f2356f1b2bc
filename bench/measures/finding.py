"""Measures the search for a free space at a wanted time among 5,000 spaces of one centre."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench.caller import Caller
from bench.contenders import Linli
from bench.figures import percentile
from bench.results import Goal, Section
from bench.world import World

# Rooms of 2 to 41 people, open all day. Every second one has a booking at the wanted time.
_SPACES = """
    INSERT INTO space (id, community_id, version, code, kind, section, name, divisible, capacity, equipment, opening_hours,
        holiday_hours, slot_minutes, min_minutes, max_minutes, min_notice_minutes, horizon_days, buffer_before_minutes,
        buffer_after_minutes)
    SELECT gen_random_uuid(), 'liuyi', 1, 'zz-find-' || n, 'room', 'neighbour', '{"zh-CN": "活动室", "en": "Room"}', false,
        2 + n % 40, '[]', (SELECT jsonb_agg(jsonb_build_object('weekday', day, 'opens', '00:00', 'closes', '24:00'))
            FROM generate_series(1, 7) day),
        '[{"opens": "00:00", "closes": "24:00"}]', 15, 15, 240, 0, 60, 0, 0
    FROM generate_series(1, :count) n
"""
_BOOKINGS = """
    WITH taken AS (
        SELECT id AS space_id, gen_random_uuid() AS booking_id FROM space
        WHERE code LIKE 'zz-find-%' AND CAST(substring(code FROM 9) AS integer) % 2 = 0),
    filled AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at)
        SELECT booking_id, 'liuyi', 1, space_id, booking_id, booking_id, :starts_at, :ends_at, 'confirmed', 1, now() FROM taken
        RETURNING id, space_id, starts_at, ends_at)
    INSERT INTO claim (holder_kind, holder_id, resource_id, community_id, during, state)
    SELECT 'booking', id, space_id, 'liuyi', tstzrange(starts_at, ends_at), 'confirmed' FROM filled
"""


def measure(world: World) -> list[Section]:
    spaces, calls = (200, 10) if world.quick else (5_000, 60)
    linli = Linli(world, "find", ("booking",))
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    with world.engine("find_booking").begin() as connection:
        connection.execute(text(_SPACES), {"count": spaces})
        connection.execute(text(_BOOKINGS), times)
    world.run_sql("find_booking", "VACUUM ANALYZE")
    contender = linli.start()
    try:
        with Caller(linli) as caller:
            world.note("find free spaces")
            wanted = {name: at.isoformat() for name, at in times.items()} | {"attendees": 4}
            caller.times("booking", "find_free_spaces", wanted, 5)
            found = caller.times("booking", "find_free_spaces", wanted, calls)
    finally:
        contender.end()
    middle, slow = percentile(found, 0.5), percentile(found, 0.99)
    section = Section(
        "Find a free space",
        f"One caller over RPC, {spaces:,} spaces of one centre, every second one taken at the wanted time; {calls} calls.",
        ("call", "p50 ms", "p99 ms"),
        [("find_free_spaces", f"{middle:.1f}", f"{slow:.1f}")],
        [Goal.at_most(f"Find a free space among {spaces:,}", 50, middle, " ms")],
    )
    return [section]
