"""Measures the pages and lists that grow with the district: 100 communities with 5,000 spaces, and for comparison three.

It runs only if it is named: `python -m bench --only directory`. One client sends one request after the other. The number of
statements is what PostgreSQL logs for one request in all databases. Answers that come from the gateway's cache cause none.
"""

import http.client
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench import bookings
from bench.children import Child, python
from bench.contenders import Linli
from bench.district import COMMUNITIES, EVERYWHERE, community_ids
from bench.figures import Spoilt, percentile
from bench.results import Goal, Section
from bench.world import World

SERVICES = ("gateway", "booking", "cases", "events")
FEW = 3
HERE = community_ids(2)[1]  # a community in the middle of the lists
_TEXTS = {"BEGIN", "COMMIT", "ROLLBACK"}
_LOGGED = re.compile(r"^\S*@LOG: +(?:statement|execute [^:]*): +(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """`who` is a user name, `resident`, or empty for a visitor. `again` is False for searches, of which people may send few."""

    name: str
    path: str
    who: str = ""
    again: bool = True


@dataclass(frozen=True, slots=True)
class Figures:
    p50: float
    p99: float
    size: int  # bytes of the body, not compressed
    statements: int


def measure(world: World) -> list[Section]:
    sizes = (1, 5) if world.quick else (FEW, COMMUNITIES)
    few, many = (_figures(world, f"communities_{count}", max(count, 2)) for count in sizes)
    section = Section(
        "Pages of a large district",
        f"{sizes[1]} communities with 50 spaces each; in brackets {sizes[0]}. One client, {_count(world)} requests of each.",
        ("page or list", "who", "p50 ms", "p99 ms", "kB", "statements"),
    )
    for (name, who), large in many.items():
        small = few[name, who]
        section.rows.append(
            (
                name,
                who or "visitor",
                f"{large.p50:.1f} ({small.p50:.1f})",
                f"{large.p99:.1f} ({small.p99:.1f})",
                f"{large.size / 1000:,.0f} ({small.size / 1000:,.0f})",
                f"{large.statements} ({small.statements})",
            )
        )
    section.goals.append(Goal.at_most("The slowest page, p50", 100, max(one.p50 for one in many.values()), " ms"))
    section.goals.append(Goal.at_most("The largest page", 300, max(one.size for one in many.values()) / 1000, " kB"))
    grown = max(large.statements - few[page].statements for page, large in many.items())
    section.goals.append(Goal.at_most("Statements that a page has more in the large district", 0, grown))
    return [section]


def _count(world: World) -> int:
    return 10 if world.quick else 60


def _figures(world: World, name: str, communities: int) -> dict[tuple[str, str], Figures]:
    """By name of the page, and reader. The installation is made, measured and ended."""
    linli = Linli(world, name, SERVICES)
    world.note(f"{name}: filling {communities} communities")
    done = Child(f"{name}-district", python("bench.district", str(communities)), linli.home, linli.environment)
    if done.wait(600):
        raise RuntimeError(done.log.read_text()[-2000:])
    contender = linli.start()
    try:
        _wait_for_the_directory(world, name, communities)
        client = _Client(world, linli)
        pages = _pages(world, name)
        world.note(f"{name}: {len(pages)} pages")
        return {(page.name, page.who): _measured(world, client, page) for page in pages}
    finally:
        contender.end()


def _wait_for_the_directory(world: World, name: str, communities: int) -> None:
    """Booking and cases have their copies of the communities, so that nothing else is going on."""
    end = time.monotonic() + 120
    for service, table in (("booking", "community"), ("cases", "communities")):
        count = text(f"SELECT count(*) FROM {table} WHERE id LIKE 'measured-%'")  # noqa: S608  names from this file
        with world.engine(f"{name}_{service}").connect() as connection:
            while int(connection.scalar(count) or 0) < communities:
                connection.rollback()
                if time.monotonic() > end:
                    raise Spoilt(f"{service} does not know the communities")
                time.sleep(0.2)


def _pages(world: World, name: str) -> Sequence[Page]:
    with world.engine(f"{name}_booking").connect() as connection:
        space = connection.scalar(text("SELECT id FROM space WHERE community_id = :here AND code = 'm-013'"), {"here": HERE})
    with world.engine(f"{name}_gateway").connect() as connection:
        found = connection.execute(text("SELECT username, id FROM account WHERE username = :name"), {"name": f"clerk.{HERE}"})
        clerk, clerk_id = found.one()
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).replace(hour=2, minute=0, second=0, microsecond=0)
    month = f"from={tomorrow:%Y-%m-%dT%H:%M:%SZ}&to={tomorrow + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    api = "/api/v1"
    return (
        Page("choice of a community", "/communities"),
        Page("choice of a community, searched", "/communities?q=%E5%92%8C%E5%B9%B3"),
        Page("home page", "/"),
        Page("spaces of a community", "/spaces"),
        Page("spaces, searched", "/spaces?q=%E5%9C%BA%E5%9C%B01"),
        Page("a space with its week", f"/spaces/{space}"),
        Page("what is on", "/events"),
        Page("clubs", "/clubs"),
        Page("form to book", f"/spaces/{space}/book?start={tomorrow:%Y-%m-%dT%H:%M:%S}%2B00:00", "resident"),
        Page("desk, day grid", "/desk/bookings", clerk),
        Page("desk, day grid", "/desk/bookings", EVERYWHERE),
        Page("desk, the day to print", "/desk/bookings/list", clerk),
        Page("desk, cases", "/desk/cases", EVERYWHERE),
        Page("desk, cases of a community", f"/desk/cases?community_id={HERE}", EVERYWHERE),
        Page("desk, club events", "/desk/events", EVERYWHERE),
        Page("desk, search of a name", "/desk/search?q=%E7%8E%8B%E4%BC%9F", EVERYWHERE, again=False),
        Page("desk, search of a name", "/desk/search?q=%E7%8E%8B%E4%BC%9F", clerk, again=False),
        Page("desk, search of a text", "/desk/search?q=%E8%B7%AF%E7%81%AF", EVERYWHERE, again=False),
        Page("admin, communities", "/admin/communities", EVERYWHERE),
        Page("admin, a community with its grids", f"/admin/communities/{HERE}", EVERYWHERE),
        Page("admin, staff", "/admin/staff", EVERYWHERE),
        Page("admin, staff, searched", "/admin/staff?q=clerk", EVERYWHERE),
        Page("admin, invite staff", "/admin/staff/new", EVERYWHERE),
        Page("admin, a member of staff", f"/admin/staff/{clerk_id}", EVERYWHERE),
        Page("admin, systems", "/admin/systems", EVERYWHERE),
        Page("admin, new system", "/admin/systems/new", EVERYWHERE),
        Page("admin, departments", "/admin/departments", EVERYWHERE),
        Page("admin, settings", "/admin/settings", EVERYWHERE),
        Page("admin, audit log", "/admin/audit_log", EVERYWHERE),
        Page("API, communities", f"{api}/communities?limit=100"),
        Page("API, spaces of a community", f"{api}/spaces?limit=100&community_id={HERE}"),
        Page("API, clubs of a community", f"{api}/clubs?limit=100&community_id={HERE}"),
        Page("API, events of a community", f"{api}/club-events?limit=100&community_id={HERE}"),
        Page("API, a month of free times of a community", f"{api}/availability?{month}&community_id={HERE}"),
        Page("API, bookings of the district", f"{api}/bookings?scope=desk&limit=100", EVERYWHERE),
        Page("API, staff of the district", f"{api}/staff?limit=100", EVERYWHERE),
    )


class _Client:
    """One connection. Pages are asked for with the cookies of a browser."""

    def __init__(self, world: World, linli: Linli) -> None:
        self._world, self._linli = world, linli
        self._connection = http.client.HTTPConnection("127.0.0.1", linli.port, timeout=60)
        self._tokens: dict[str, str] = {}

    def get(self, page: Page) -> tuple[float, int]:
        """Milliseconds until the whole answer was there, and its bytes. Raises Spoilt if it is not 200."""
        cookies = [f"linli_community={HERE}"]
        if page.who:
            cookies.append(f"linli_session={self._token(page.who)}")
        headers = {"Cookie": "; ".join(cookies), "Accept": "text/html,application/json", "Accept-Language": "zh-CN"}
        began = time.perf_counter()
        self._connection.request("GET", page.path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise Spoilt(f"{page.path} for {page.who or 'a visitor'}: {answer.status} {body[:300]!r}")
        return took, len(body)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            username = None if who == "resident" else who
            (self._tokens[who],) = bookings.tokens(self._world, self._linli, count=1, username=username)
        return self._tokens[who]


def _measured(world: World, client: _Client, page: Page) -> Figures:
    count = _count(world) if page.again else 12
    for _ in range(3):
        _, size = client.get(page)
    took = [client.get(page)[0] for _ in range(count)]
    return Figures(percentile(took, 0.5), percentile(took, 0.99), size, _statements(world, client, page))


def _statements(world: World, client: _Client, page: Page) -> int:
    """The fewest of five requests, because the services also do other things now and then."""
    log = world.server.log
    world.run_sql("postgres", "ALTER SYSTEM SET log_line_prefix = '%d@'", "ALTER SYSTEM SET log_statement = 'all'")
    world.run_sql("postgres", "SELECT pg_reload_conf()")
    try:
        counts = []
        for _ in range(5):
            before = log.stat().st_size
            client.get(page)
            said = log.read_bytes()[before:].decode(errors="replace")
            counts.append(sum(word.upper() not in _TEXTS for word in _LOGGED.findall(said)))
    finally:
        world.run_sql("postgres", "ALTER SYSTEM RESET log_line_prefix", "ALTER SYSTEM RESET log_statement")
        world.run_sql("postgres", "SELECT pg_reload_conf()")
    return min(counts)
