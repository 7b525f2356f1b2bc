"""Measures the calendar file of a resident with 5,000 entries, as a calendar program reads it."""

import json
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

from sqlalchemy import text

from bench.bookings import put_spaces, tokens
from bench.contenders import Linli
from bench.figures import percentile
from bench.results import Goal, Section
from bench.world import World

_FILL = """
    INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
        created_at)
    SELECT gen_random_uuid(), 'liuyi', 1, (SELECT id FROM space WHERE code = 'zz-bench-000'), CAST(:resident AS uuid),
        CAST(:resident AS uuid), :first + n * interval '1 hour', :first + n * interval '1 hour' + interval '30 minutes',
        'confirmed', 2, now()
    FROM generate_series(0, :count - 1) n
"""


def measure(world: World) -> list[Section]:
    entries, reads = (300, 5) if world.quick else (5_000, 20)
    linli = Linli(world, "calendars", ("gateway", "booking", "events"))
    put_spaces(world, "calendars_booking", peer=False)
    contender = linli.start()
    try:
        [bearer] = tokens(world, linli, count=1)
        resident = _ask(linli.port, "GET", "/api/v1/me", bearer)["id"]
        first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        with world.engine("calendars_booking").begin() as connection:
            connection.execute(text(_FILL), {"resident": resident, "first": first, "count": entries})
        world.run_sql("calendars_booking", "VACUUM ANALYZE")
        address = _ask(linli.port, "POST", "/api/v1/me/calendar", bearer)["address"]
        path = f"/api/v1{address.partition('/api/v1')[2]}"
        _read(linli.port, path)
        times = [_read(linli.port, path) for _ in range(reads)]
    finally:
        contender.end()
    middle = percentile(times, 0.5)
    section = Section(
        "Calendar file",
        f"One program over HTTP, a resident with {entries:,} bookings to come; {reads} reads.",
        ("what", "p50 ms", "p99 ms"),
        [("read the file", f"{middle:.0f}", f"{percentile(times, 0.99):.0f}")],
        [Goal.at_most(f"Calendar file of {entries:,} entries", 200, middle, " ms")],
    )
    return [section]


def _ask(port: int, method: str, path: str, bearer: str) -> dict[str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    connection.request(method, path, "{}" if method == "POST" else None, headers)
    answer = connection.getresponse()
    content: dict[str, str] = json.loads(answer.read())
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {content}")
    return content


def _read(port: int, path: str) -> float:
    """The time from the request to the end of the file, in milliseconds."""
    began = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200 or b"BEGIN:VEVENT" not in content:
        raise RuntimeError(f"{answer.status} {content[:300]!r}")
    return (time.perf_counter() - began) * 1000
