"""Compares a large database with a small one: bookings, and registrations for one popular event."""

from collections.abc import Callable

from sqlalchemy import text

from bench import bookings
from bench.contenders import Contender, Linli, Request
from bench.figures import Rounds
from bench.results import Goal, Section
from bench.world import World

_FILL_BOOKINGS = """
    WITH filled AS (
        INSERT INTO booking (id, community_id, version, space_id, resident_id, booked_by, starts_at, ends_at, state, attendees,
            created_at)
        SELECT gen_random_uuid(), 'liuyi', 1, (CAST(:spaces AS uuid[]))[1 + n % :count], r, r, at, at + interval '15 minutes',
            'confirmed', 2, now()
        FROM (SELECT n, gen_random_uuid() AS r,
                -- half of them in the past, half after the days that are booked while it is measured
                date_trunc('hour', now()) + (CASE WHEN n / :count % 2 = 0 THEN interval '-1 day' ELSE interval '150 days' END)
                    + (n / :count / 2) * (CASE WHEN n / :count % 2 = 0 THEN -1 ELSE 1 END) * interval '15 minutes' AS at
            FROM generate_series(0, :rows - 1) n) times
        RETURNING id, space_id, starts_at, ends_at)
    INSERT INTO claim (holder_kind, holder_id, resource_id, community_id, during, state)
    SELECT 'booking', id, space_id, 'liuyi', tstzrange(starts_at, ends_at), 'confirmed' FROM filled
"""
_DEFINITION = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'claim_no_double_booking'"
_HOT = """
    SELECT s.id FROM club_session s JOIN club_event e ON e.id = s.club_event_id
    WHERE e.state = 'published' AND e.community_id = 'liuyi' AND s.starts_at > now() + interval '1 day'
    ORDER BY s.starts_at DESC LIMIT 1
"""
_OPEN = """
    UPDATE club_session SET capacity = 1000000, open = true, waiting = 0, taken = taken + :rows,
        registration_opens_at = now() - interval '1 day', registration_closes_at = starts_at WHERE id = :id
"""
_FILL_REGISTRATIONS = """
    INSERT INTO registration (id, community_id, version, session_id, resident_id, registered_by, seats, state, created_at)
    SELECT gen_random_uuid(), 'liuyi', 1, :id, r, r, 1, 'confirmed', now()
    FROM (SELECT gen_random_uuid() AS r FROM generate_series(1, :rows)) residents
"""


# Every resident needs a phone that can be decrypted. They all get the same phone, because no message is sent to it.
_FILL_RESIDENTS = """
    INSERT INTO account (id, community_id, version, party, phone, phone_index, key_id, created_at)
    SELECT gen_random_uuid(), 'liuyi', 1, 'resident', known.phone, sha256(convert_to(n::text, 'UTF8')), known.key_id, now()
    FROM generate_series(1, :rows) n, (SELECT phone, key_id FROM account WHERE party = 'resident' LIMIT 1) known
    RETURNING id
"""
PER_SECOND = 2_000  # prepared requests; more than can be answered


def fill_residents(world: World, linli: Linli, rows: int) -> list[str]:
    """Insert residents and return their ids. The gateway registers only residents with an account."""
    world.note(f"{linli.name}: {rows:,} residents")
    with world.engine(f"{linli.name}_gateway").begin() as connection:
        ids = [str(one) for one in connection.scalars(text(_FILL_RESIDENTS), {"rows": rows})]
    world.run_sql(f"{linli.name}_gateway", "VACUUM ANALYZE")
    return ids


def fill_bookings(world: World, linli: Linli, rows: int) -> None:
    """Insert past and future bookings. The exclusion constraint is dropped before and created again afterwards, so it checks
    all of them."""
    world.note(f"{linli.name}: {rows:,} bookings")
    parameters = {"spaces": [str(one) for one in bookings.SPACE_IDS], "count": len(bookings.SPACE_IDS), "rows": rows}
    with world.engine(f"{linli.name}_booking").begin() as connection:
        definition = connection.scalar(text(_DEFINITION))
        connection.execute(text("ALTER TABLE claim DROP CONSTRAINT claim_no_double_booking"))
        connection.execute(text(_FILL_BOOKINGS), parameters)
        connection.execute(text(f"ALTER TABLE claim ADD CONSTRAINT claim_no_double_booking {definition}"))
    world.run_sql(f"{linli.name}_booking", "VACUUM ANALYZE")


def fill_registrations(world: World, linli: Linli, rows: int) -> str:
    """Fill a session with room for a million people with `rows` registrations, and return its id."""
    world.note(f"{linli.name}: {rows:,} registrations")
    with world.engine(f"{linli.name}_events").begin() as connection:
        session_id = str(connection.scalar(text(_HOT)))
        connection.execute(text(_OPEN), {"rows": rows, "id": session_id})
        connection.execute(text(_FILL_REGISTRATIONS), {"rows": rows, "id": session_id})
    world.run_sql(f"{linli.name}_events", "VACUUM ANALYZE")
    return session_id


Sizes = tuple[tuple[int, int], tuple[int, int]]  # bookings and registrations of the small and the large database
SMOKE: Sizes = (1_000, 0), (20_000, 2_000)
USUAL: Sizes = (10_000, 0), (1_000_000, 100_000)
LARGEST: Sizes = (10_000, 0), (10_000_000, 100_000)


def measure(world: World, sizes: Sizes = USUAL) -> list[Section]:
    sizes = SMOKE if world.quick else sizes
    names = ("small", "large")
    contenders: list[tuple[Contender, Callable[[int], list[Request]], Callable[[int], list[Request]]]] = []
    try:
        for name, (booked, registered) in zip(names, sizes, strict=True):
            linli = Linli(world, name)
            bookings.put_spaces(world, f"{name}_booking", peer=False)
            fill_bookings(world, linli, booked)
            session_id = fill_registrations(world, linli, registered)
            contenders.append((linli.start(), _booker(world, linli), _registrar(world, linli, session_id)))
        booked_rounds, registered_rounds = _rounds(world, contenders)
    finally:
        for contender, *_ in contenders:
            contender.end()
    return [_section(sizes, booked_rounds, registered_rounds)]


def _booker(world: World, linli: Linli) -> Callable[[int], list[Request]]:
    slots, bearers = bookings.Slots(), bookings.tokens(world, linli, count=32)
    return lambda count: bookings.to_linli(slots.take(count), bearers)


def _registrar(world: World, linli: Linli, session_id: str) -> Callable[[int], list[Request]]:
    """Return a function that makes registration requests of a clerk. Each request has a new resident."""
    (bearer,) = bookings.tokens(world, linli, count=1, username="clerk")
    path, headers = f"/api/v1/sessions/{session_id}/registrations", {"Authorization": f"Bearer {bearer}"}
    new = iter(fill_residents(world, linli, sum(_requests(length) for length in _lengths(world))))
    return lambda count: [
        {"method": "POST", "path": path, "headers": headers, "body": {"resident_id": next(new), "seats": 1}}
        for _ in range(count)
    ]


def _lengths(world: World) -> list[float]:
    """Return the seconds of each round. The first round is a warm-up."""
    rounds, seconds = (1, 2.0) if world.quick else (4, 6.0)
    return [1.0] + [seconds] * rounds


def _requests(length: float) -> int:
    return int(length * PER_SECOND)


def _rounds(
    world: World, contenders: list[tuple[Contender, Callable[[int], list[Request]], Callable[[int], list[Request]]]]
) -> tuple[list[Rounds], list[Rounds]]:
    lengths = _lengths(world)
    booked, registered = [Rounds(), Rounds()], [Rounds(), Rounds()]
    for number, length in enumerate(lengths):
        for size, (contender, book, register) in enumerate(contenders):
            world.note(f"growth, round {number} of {len(lengths) - 1}: {('small', 'large')[size]}")
            for requests, into in ((book, booked), (register, registered)):
                run = contender.load(requests(_requests(length)), clients=32, seconds=length, expect=201)
                if number:
                    into[size].runs.append(run)
    return booked, registered


def _section(sizes: tuple[tuple[int, int], ...], booked: list[Rounds], registered: list[Rounds]) -> Section:
    section = Section(
        "Growth",
        "32 clients through the whole path, on a small and a large database in turn; medians. Registrations are all for "
        "one session.",
        ("what", "rows there", "per second", "p99 ms"),
    )
    for what, index, rounds in (("bookings", 0, booked), ("registrations for one session", 1, registered)):
        for size, one in zip(sizes, rounds, strict=True):
            section.rows.append((what, f"{size[index]:,}", f"{one.rate:,.0f}", f"{one.p99:.1f}"))
        section.goals.append(
            Goal.at_least(f"{what.capitalize()}, large as a share of small", 0.9, rounds[1].rate / rounds[0].rate)
        )
    return section
