"""The directory: what is put into it, what is announced, and the file that operators load."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound, Refusal
from gateway.demo import directory as demo
from gateway.directory import file, use_cases
from gateway.directory.messages import CONTRACTS
from gateway.directory.models import Community, Grid
from gateway.refusals.directory import GridsOverlap
from tests.conftest import DatabaseOf
from tests.integration.gateway.conftest import START
from tests.patience import eventually

NORTH: dict[str, Any] = {
    "id": "north",
    "name": {"zh-CN": "北关社区", "en": "North Gate"},
    "time_zone": "Asia/Shanghai",
    "number_prefix": "BG",
}
GRID: dict[str, Any] = {"id": "north-1", "community_id": "north", "name": {"zh-CN": "北关一格"}, "position": 0}
RING = [[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]


@pytest.fixture
def database(database_of: DatabaseOf) -> Engine:
    """With an empty directory."""
    return database_of("gateway")


@contextmanager
def calling(database: Engine) -> Iterator[Call]:
    with transaction(database) as session:
        yield Call(session, START)


def put(database: Engine, kind: str, **values: Any) -> Any:
    with calling(database) as call:
        return getattr(use_cases, f"put_{kind}")(call, **values)


def announced(database: Engine) -> list[tuple[str, str, int, int]]:
    """(id of the row, type, number of the message, version) of the outbox, in order. Each keeps its contract."""
    with reading(database) as session:
        rows = session.execute(select(tables.outbox).order_by(tables.outbox.c.seq)).all()
    for row in rows:
        CONTRACTS[row.type].check(row.data)
    ids = [row.data.get("code") or row.data.get("grid_id") or row.data["community_id"] for row in rows]
    return [(id_, row.type, row.version, row.data["version"]) for id_, row in zip(ids, rows, strict=True)]


def test_what_is_put_is_stored_and_announced_once(database: Engine) -> None:
    for _ in range(2):
        put(database, "community", **NORTH)
        put(database, "grid", **GRID)
    assert announced(database) == [("north", "community.changed.v1", 1, 1), ("north-1", "grid.changed.v1", 1, 1)]
    put(database, "community", **NORTH, phone="0394-1234567")
    put(database, "grid", **GRID, active=False)
    assert announced(database)[2:] == [("north", "community.changed.v1", 2, 2), ("north-1", "grid.changed.v1", 2, 2)]


def test_a_new_name_of_a_sub_district_is_announced_for_its_communities(database: Engine) -> None:
    name = {"zh-CN": "陈州街道"}
    for new in (name, name, {"zh-CN": "陈州街回族街道"}):
        put(database, "sub_district", id="chenzhou", name=new)
        put(database, "community", **NORTH, sub_district_id="chenzhou")
        put(database, "community", **NORTH | {"id": "south", "number_prefix": "NG"})
    assert [(about, number, version) for about, _, number, version in announced(database)] == [
        ("north", 1, 1),
        ("south", 1, 1),
        ("north", 2, 2),
    ]
    with reading(database) as session:
        last = session.scalars(select(tables.outbox.c.data).order_by(tables.outbox.c.seq.desc())).first()
    assert last and last["sub_district"] == {"id": "chenzhou", "name": {"zh-CN": "陈州街回族街道"}}


def test_everything_is_announced_again_with_its_version(database: Engine) -> None:
    put(database, "community", **NORTH)
    put(database, "community", **NORTH, phone="0394-1234567")
    put(database, "grid", **GRID)
    with calling(database) as call:
        use_cases.add_default(call, "liuyi", "Asia/Shanghai")
        assert use_cases.announce_all(call) == (1, 1), "nobody has described liuyi"
    assert announced(database)[3:] == [("north", "community.changed.v1", 3, 2), ("north-1", "grid.changed.v1", 2, 1)]


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("community", NORTH | {"time_zone": "Asia/Zhoukou"}, "invalid"),
        ("community", NORTH | {"sub_district_id": "nowhere"}, "invalid"),
        ("community", NORTH | {"number_prefix": "LY"}, "directory.prefix_taken"),
        ("community", NORTH | {"number_prefix": "LIUYI"}, "directory.prefix_taken"),
        ("community", NORTH | {"id": "ly"}, "directory.prefix_taken"),
        ("community", NORTH | {"id": "liuyi"}, "directory.prefix_fixed"),
        ("grid", GRID, "invalid"),
        ("grid", GRID | {"community_id": "liuyi", "border": {"type": "Polygon", "coordinates": [RING[:2]]}}, "invalid"),
        ("grid", GRID | {"id": "liuyi-1", "community_id": "south"}, "directory.grid_of_another_community"),
        ("sub_district", {"id": "陈州", "name": {"zh-CN": "陈州"}}, "invalid"),
    ],
)
def test_what_is_refused_changes_and_announces_nothing(database: Engine, kind: str, values: Any, code: str) -> None:
    put(database, "community", **NORTH | {"id": "liuyi", "number_prefix": "LY"})
    put(database, "community", **NORTH | {"id": "south", "number_prefix": "NG"})
    put(database, "grid", **GRID | {"id": "liuyi-1", "community_id": "liuyi"})
    before = announced(database)
    with pytest.raises(Refusal) as refused:
        put(database, kind, **values)
    assert refused.value.code == code
    assert announced(database) == before
    with reading(database) as session:
        assert session.scalar(select(Community.version).where(Community.id == "north")) is None
        assert session.scalar(select(Community.number_prefix).where(Community.id == "liuyi")) == "LY"


def test_an_unknown_sub_district_or_community_is_named(database: Engine) -> None:
    for kind, values, field in (
        ("community", NORTH | {"sub_district_id": "nowhere"}, "sub_district_id"),
        ("grid", GRID, "community_id"),
    ):
        with pytest.raises(InvalidField) as refused:
            put(database, kind, **values)
        assert refused.value.details_for("en")["errors"][0] | {"message": ""} == {
            "field": field,
            "code": "unknown",
            "message": "",
        }


def test_two_clerks_give_one_prefix_and_one_of_them_gets_it(database: Engine) -> None:
    at_once = Barrier(2)

    def give(id_: str) -> str:
        at_once.wait()
        try:
            put(database, "community", **NORTH | {"id": id_})
        except Refusal as refusal:
            return refusal.code
        return "put"

    with ThreadPoolExecutor(2) as clerks:
        for n in range(5):
            with transaction(database) as session:
                session.execute(text("TRUNCATE community, outbox CASCADE"))
            assert sorted(clerks.map(give, (f"a{n}", f"b{n}"))) == ["directory.prefix_taken", "put"]
            assert len(announced(database)) == 1


def test_two_clerks_change_one_community_and_both_changes_are_announced(database: Engine) -> None:
    put(database, "community", **NORTH)
    with ThreadPoolExecutor(8) as clerks:
        list(clerks.map(lambda n: put(database, "community", **NORTH, phone=f"0394-{n:04}"), range(8)))
    assert [(number, version) for _, _, number, version in announced(database)] == [(n, n) for n in range(1, 10)]


def test_the_community_of_the_settings_is_there_and_says_nothing(database: Engine) -> None:
    with calling(database) as call:
        assert use_cases.add_default(call, "liuyi", "Asia/Urumqi")
        assert not use_cases.add_default(call, "liuyi", "Asia/Shanghai")
        assert not use_cases.add_default(call, "六一", "Asia/Shanghai")
    assert announced(database) == []
    with reading(database) as session:
        assert [(c.id, c.version, c.time_zone) for c in session.scalars(select(Community))] == [("liuyi", 0, "Asia/Urumqi")]
    put(database, "community", **NORTH | {"id": "liuyi"})
    assert announced(database) == [("liuyi", "community.changed.v1", 1, 1)]
    with calling(database) as call:
        assert not use_cases.add_default(call, "liuyi", "Asia/Urumqi")
    with reading(database) as session:
        assert session.get_one(Community, "liuyi").time_zone == "Asia/Shanghai"


def test_a_community_is_read_with_the_grids_that_are_in_use(database: Engine) -> None:
    put(database, "community", **NORTH)
    for position, (grid_id, active) in enumerate([("north-b", True), ("north-a", True), ("north-c", False)]):
        put(database, "grid", **GRID | {"id": grid_id, "position": position}, active=active)
    with calling(database) as call:
        community, grids = use_cases.get_community(call, "north")
        assert (community.id, [grid.id for grid in grids]) == ("north", ["north-b", "north-a"])
        for unknown in ("south", "\0", "x" * 65):
            with pytest.raises(NotFound):
                use_cases.get_community(call, unknown)


# --- borders ---


def box(west: float, east: float) -> dict[str, Any]:
    corners = [[west, 33.6], [east, 33.6], [east, 33.61], [west, 33.61], [west, 33.6]]
    return {"type": "Polygon", "coordinates": [corners]}


def test_a_border_may_touch_but_not_overlap_another_in_use(database: Engine) -> None:
    put(database, "community", **NORTH)
    put(database, "community", **NORTH | {"id": "south", "number_prefix": "NG"})
    put(database, "grid", **GRID, border=box(114.60, 114.61))
    put(database, "grid", **GRID | {"id": "north-2"}, border=box(114.61, 114.62))
    before = announced(database)
    with pytest.raises(GridsOverlap) as refused:
        put(database, "grid", **GRID | {"id": "north-3"}, border=box(114.615, 114.63))
    assert "北关一格" in refused.value.text("zh-CN") and "north-2" in refused.value.text("en")
    with pytest.raises(GridsOverlap):
        put(database, "grid", **GRID, border=box(114.60, 114.615))
    assert announced(database) == before
    put(database, "grid", **GRID | {"id": "north-3"}, border=box(114.615, 114.63), active=False)
    with pytest.raises(GridsOverlap):
        put(database, "grid", **GRID | {"id": "north-3"}, border=box(114.615, 114.63), active=True)
    put(database, "grid", **GRID | {"id": "south-1", "community_id": "south"}, border=box(114.60, 114.61))
    put(database, "grid", **GRID | {"id": "north-2"}, border=box(114.61, 114.62), active=False)
    put(database, "grid", **GRID | {"id": "north-3"}, border=box(114.615, 114.63), active=True)


def test_grids_that_overlapped_before_the_rule_can_be_renamed(database: Engine) -> None:
    put(database, "community", **NORTH)
    put(database, "grid", **GRID, border=box(114.60, 114.61))
    put(database, "grid", **GRID | {"id": "north-2"}, border=box(114.61, 114.62))
    with transaction(database) as session:
        session.execute(text("UPDATE grid SET border = (SELECT border FROM grid WHERE id = 'north-1')"))
    put(database, "grid", **GRID | {"id": "north-2", "name": {"zh-CN": "新名"}}, border=box(114.60, 114.61))
    with reading(database) as session:
        assert session.get_one(Grid, "north-2").name == {"zh-CN": "新名"}


def test_two_admins_draw_one_street_and_the_second_waits_and_is_refused(database: Engine) -> None:
    put(database, "community", **NORTH)

    def draw_second() -> str:
        try:
            put(database, "grid", **GRID | {"id": "north-2"}, border=box(114.605, 114.615))
        except Refusal as refusal:
            return refusal.code
        return "put"

    def waits() -> bool:
        with reading(database) as session:
            waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE NOT granted AND datname = "
            return bool(session.scalar(text(waiting + "current_database()")))

    with ThreadPoolExecutor(1) as other:
        with calling(database) as call:
            use_cases.put_grid(call, **GRID, border=box(114.60, 114.61))
            call.session.flush()
            second = other.submit(draw_second)
            eventually(lambda: second.done() or waits())
        assert second.result() == "directory.grids_overlap"


# --- levels ---


def test_the_levels_of_the_directory_are_fixed_so_it_has_no_cycle(database: Engine) -> None:
    """A community is under a sub-district, a grid under a community. No table refers to itself, or back."""
    tables_of_directory = {"sub_district", "community", "grid"}
    inspector = inspect(database)
    parents = {(table, key["referred_table"]) for table in tables_of_directory for key in inspector.get_foreign_keys(table)}
    assert parents == {("community", "sub_district"), ("grid", "community")}


def test_the_database_refuses_an_unknown_sub_district(database: Engine) -> None:
    put(database, "community", **NORTH)
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.execute(text("UPDATE community SET sub_district_id = 'nowhere'"))


# --- the file ---

DISTRICT: dict[str, Any] = {
    "sub_districts": [{"id": "chenzhou", "name": {"zh-CN": "陈州街回族街道", "en": "Chenzhou Street"}}],
    "communities": [
        NORTH
        | {
            "sub_district_id": "chenzhou",
            "address": {"zh-CN": "北关街1号"},
            "phone": "0394-1234567",
            "hours": {"zh-CN": "每日8:00–21:30"},
            "location": {"lat": 33.63, "lon": 114.65},
            "grids": [
                {
                    "id": "north-1",
                    "name": {"zh-CN": "北关一格"},
                    "border": {"type": "Polygon", "coordinates": [RING]},
                    "active": True,
                },
                {"id": "north-2", "name": {"zh-CN": "北关二格"}, "active": False},
            ],
        },
        NORTH | {"id": "south", "number_prefix": "NG", "grids": []},
    ],
}


def load(database: Engine, document: Any) -> tuple[int, int]:
    with calling(database) as call:
        return file.load(call, document if isinstance(document, bytes) else orjson.dumps(document))


def shown(database: Engine) -> dict[str, Any]:
    with calling(database) as call:
        return file.show(call)


def test_a_file_is_loaded_and_shown_and_loaded_again(database: Engine) -> None:
    assert load(database, DISTRICT) == (2, 2)
    assert shown(database) == DISTRICT
    assert len(announced(database)) == 4
    load(database, shown(database))
    assert len(announced(database)) == 4, "nothing is new"
    with reading(database) as session:
        assert [(grid.id, grid.position, grid.active) for grid in session.scalars(select(Grid).order_by(Grid.id))] == [
            ("north-1", 0, True),
            ("north-2", 1, False),
        ]


def test_what_a_file_does_not_name_stays(database: Engine) -> None:
    load(database, DISTRICT)
    assert load(database, {"communities": [NORTH | {"id": "west", "number_prefix": "XI"}]}) == (1, 0)
    assert shown(database)["communities"][:2] == DISTRICT["communities"]


def changed(path: str, value: Any) -> dict[str, Any]:
    """DISTRICT with another value at `path`; Ellipsis takes the field away."""
    document = orjson.loads(orjson.dumps(DISTRICT))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at = document
    for step in way:
        at = at[step]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return dict(document)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b"", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b'{"communities": [', "not JSON"),
        (b"[]", "(file): This must be a JSON object. (not_an_object)"),
        (changed("districts", []), "districts: There is no such field. (unknown_field)"),
        (changed("communities", {}), "communities: This must be a list. (not_a_list)"),
        (changed("communities.0", 1), "communities.0: This must be a JSON object. (not_an_object)"),
        (changed("communities.0.id", ...), "communities.0.id: Please fill this in. (required)"),
        (changed("communities.0.id", "a b"), "communities.0.id: Letters, digits"),
        (changed("communities.0.name", "北关"), "communities.0.name: This must be a JSON object. (not_an_object)"),
        (changed("communities.0.name", {"en": "North"}), "communities.0.name.zh-CN: Please fill this in. (required)"),
        (changed("communities.0.name", {"zh-CN": " "}), "communities.0.name.zh-CN: There is nothing to read"),
        (changed("communities.0.time_zone", "Asia/Zhoukou"), "communities.0.time_zone: This is not an IANA time zone"),
        (changed("communities.0.time_zone", ...), "communities.0.time_zone: Please fill this in. (required)"),
        (changed("communities.0.number_prefix", "bg"), "communities.0.number_prefix: 1 to 8 capital letters"),
        (changed("communities.1.number_prefix", "BG"), "communities.1: Case numbers of another community begin with BG"),
        (changed("communities.0.sub_district_id", "nowhere"), "communities.0.sub_district_id: This is not in use here."),
        (changed("communities.0.phone", "none"), "communities.0.phone: 3 to 24 digits"),
        (changed("communities.0.location", {"lat": 33}), "communities.0.location.lon: Please fill this in. (required)"),
        (changed("communities.0.location.lat", 133), "communities.0.location.lat: This must be from -90 to 90. (out_of_range)"),
        (changed("communities.1.id", "north"), "communities.1.id: Each can be given once. (duplicate)"),
        (changed("communities.0.grids.1.id", "north-1"), "communities.0.grids.1.id: Each can be given once. (duplicate)"),
        (changed("communities.1.grids", [{"id": "north-2", "name": {"zh-CN": "x"}}]), "communities.1.grids.0.id: Each can be"),
        (
            changed("communities.0.grids.1.active", 1),
            "communities.0.grids.1.active: This must be true or false. (not_a_boolean)",
        ),
        (changed("communities.0.grids.0.border", "x"), "communities.0.grids.0.border: This must be a Polygon"),
        (
            changed("communities.0.grids.0.border.coordinates", [RING[:3]]),
            "communities.0.grids.0.border: This must be a Polygon",
        ),
        (changed("sub_districts.0.id", ""), "sub_districts.0.id: Letters, digits"),
        (changed("sub_districts.0.name", ...), "sub_districts.0.name: Please fill this in. (required)"),
    ],
)
def test_a_bad_file_is_refused_with_the_field_and_nothing_is_loaded(database: Engine, document: Any, problem: str) -> None:
    with pytest.raises(file.BadFile) as refused:
        load(database, document)
    assert problem in str(refused.value)
    assert announced(database) == []
    assert shown(database) == {"sub_districts": [], "communities": []}


def test_all_problems_of_form_are_listed(database: Engine) -> None:
    with pytest.raises(file.BadFile) as refused:
        load(database, {"communities": [{"id": "a"}], "x": 1})
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "communities.0.name",
        "communities.0.time_zone",
        "communities.0.number_prefix",
        "x",
    ]


def with_borders(*borders: dict[str, Any] | None) -> dict[str, Any]:
    grids = [{"id": f"north-{n}", "name": {"zh-CN": f"{n}格"}, "border": border} for n, border in enumerate(borders)]
    return {"communities": [NORTH | {"grids": grids}]}


def test_a_file_with_overlaps_is_refused_with_every_grid_and_one_that_swaps_streets_is_loaded(database: Engine) -> None:
    first = with_borders(box(114.60, 114.61), box(114.61, 114.62))
    load(database, first)
    before = announced(database)
    with pytest.raises(file.BadFile) as refused:
        load(database, with_borders(box(114.60, 114.61), box(114.605, 114.62)))
    [problem] = refused.value.problems
    assert problem.startswith("communities.0.grids.1.border: The border overlaps the grid 0格 (north-0)")
    assert announced(database) == before
    load(database, with_borders(box(114.61, 114.62), box(114.60, 114.61)))
    assert len(announced(database)) == len(before) + 2
    with pytest.raises(file.BadFile) as refused:
        load(database, with_borders(box(114.60, 114.62), box(114.61, 114.63)))
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "communities.0.grids.0.border",
        "communities.0.grids.1.border",
    ]


# --- the demo ---


def test_the_demo_describes_its_communities_and_changes_nothing_of_others(database: Engine) -> None:
    with calling(database) as call:
        use_cases.add_default(call, "liuyi", "Asia/Urumqi")
    for _ in range(2):
        with calling(database) as call:
            demo.seed(call)
    places = sum(1 + len(community["grids"]) for community in demo.DISTRICT["communities"])
    assert len(announced(database)) == places + len(demo.DISTRICT["departments"])
    with reading(database) as session:
        assert session.get_one(Community, "liuyi").time_zone == "Asia/Shanghai"
    put(database, "community", **NORTH | {"id": "liuyi", "number_prefix": "LY"})
    with calling(database) as call:
        demo.seed(call)
    with reading(database) as session:
        assert session.get_one(Community, "liuyi").name == NORTH["name"]
