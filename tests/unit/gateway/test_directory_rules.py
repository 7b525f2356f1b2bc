"""The rules of form for communities and grids: what breaks one is refused with a stable code and its field."""

from typing import Any

import pytest

from chassis.rpc.refusal import InvalidField, Refusal
from gateway.directory.borders import MOST_POINTS
from gateway.directory.models import Community, Grid, SubDistrict

LIUYI: dict[str, Any] = {
    "name": {"zh-CN": "六一社区"},
    "time_zone": "Asia/Shanghai",
    "number_prefix": "LY",
    "sub_district": None,
    "address": None,
    "phone": None,
    "hours": None,
    "location": None,
    "hosts": [],
    "icp_filing": None,
    "police_filing": None,
    "privacy_notice": None,
}
RING = [[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]
GRID: dict[str, Any] = {"community_id": "liuyi", "name": {"zh-CN": "第一网格"}, "position": 0, "border": None, "active": True}


def broken(refused: pytest.ExceptionInfo[InvalidField]) -> tuple[str, str]:
    (error,) = refused.value.details_for("en")["errors"]
    return error["field"], error["code"]


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"time_zone": "Asia/Zhoukou"}, "time_zone", "not_a_time_zone"),
        ({"time_zone": "+08:00"}, "time_zone", "not_a_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "not_a_time_zone"),
        ({"number_prefix": "ly"}, "number_prefix", "bad_prefix"),
        ({"number_prefix": "1Y"}, "number_prefix", "bad_prefix"),
        ({"number_prefix": "L-Y"}, "number_prefix", "bad_prefix"),
        ({"number_prefix": "LIUYISHEQ"}, "number_prefix", "bad_prefix"),
        ({"number_prefix": "LY\n"}, "number_prefix", "bad_prefix"),
        ({"phone": "call us"}, "phone", "bad_telephone"),
        ({"phone": "12"}, "phone", "bad_telephone"),
        ({"location": {"lat": 91, "lon": 114}}, "location.lat", "out_of_range"),
        ({"location": {"lat": float("nan"), "lon": 114}}, "location.lat", "out_of_range"),
        ({"location": {"lat": 33, "lon": 181}}, "location.lon", "out_of_range"),
        ({"location": {"lat": 33}}, "location.lon", "null"),
        ({"hosts": ["liuyi.example.cn", "Liuyi.example.cn"]}, "hosts.1", "not_a_host"),
        ({"hosts": ["https://liuyi.example.cn"]}, "hosts.0", "not_a_host"),
        ({"hosts": ["liuyi.example.cn:8000"]}, "hosts.0", "not_a_host"),
        ({"hosts": ["-liuyi.cn"]}, "hosts.0", "not_a_host"),
        ({"hosts": ["a" * 64 + ".cn"]}, "hosts.0", "not_a_host"),
        ({"hosts": ["liuyi.cn", "liuyi.cn"]}, "hosts.1", "duplicate"),
    ],
)
def test_a_community_is_refused_with_the_field(values: dict[str, Any], field: str, code: str) -> None:
    community = Community(id="liuyi")
    with pytest.raises(InvalidField) as refused:
        community.describe(**LIUYI | values)
    assert broken(refused) == (field, code)
    assert community.version is None, "nothing was taken"


@pytest.mark.parametrize("id_", ["", "六一", "a b", "*", "x" * 65, "liuyi\n", "a/b", "\0"])
def test_an_id_has_the_form_of_a_code(id_: str) -> None:
    for thing, values in ((Community(id=id_), LIUYI), (Grid(id=id_), GRID)):
        with pytest.raises(InvalidField) as refused:
            thing.describe(**values)
        assert broken(refused) == ("id", "not_a_code")


def test_a_change_counts_and_the_same_again_does_not() -> None:
    community = Community(id="liuyi")
    assert community.describe(**LIUYI) and community.version == 1
    assert not community.describe(**LIUYI) and community.version == 1
    moved = {"phone": "0394-822 1234", "location": {"lat": 33, "lon": 114}, "sub_district": SubDistrict(id="chenzhou")}
    assert community.describe(**LIUYI | moved) and community.version == 2
    assert (community.location, community.sub_district_id) == ({"lat": 33, "lon": 114}, "chenzhou")
    assert community.describe(**LIUYI) and community.version == 3
    assert (community.location, community.phone, community.sub_district_id) == (None, None, None)


def test_what_nobody_described_is_described_by_the_same_values() -> None:
    community = Community(id="liuyi", name={"zh-CN": "六一社区"}, time_zone="Asia/Shanghai", version=0, announced=0)
    assert community.describe(**LIUYI)
    assert (community.version, community.number_prefix) == (1, "LY")


def test_the_prefix_is_given_once() -> None:
    community = Community(id="liuyi")
    community.describe(**LIUYI)
    with pytest.raises(Refusal) as refused:
        community.describe(**LIUYI | {"number_prefix": "LZ"})
    assert (refused.value.code, refused.value.kind) == ("directory.prefix_fixed", "conflict")
    assert (community.number_prefix, community.version) == ("LY", 1)


def test_a_grid_stays_in_its_community() -> None:
    grid = Grid(id="liuyi-1")
    assert grid.describe(**GRID) and not grid.describe(**GRID)
    with pytest.raises(Refusal) as refused:
        grid.describe(**GRID | {"community_id": "hexie"})
    assert refused.value.code == "directory.grid_of_another_community"
    assert (grid.community_id, grid.version) == ("liuyi", 1)


@pytest.mark.parametrize("position", [-1, 10_000])
def test_a_position_has_a_range(position: int) -> None:
    with pytest.raises(InvalidField) as refused:
        Grid(id="liuyi-1").describe(**GRID | {"position": position})
    assert broken(refused) == ("position", "out_of_range")


@pytest.mark.parametrize(
    "border",
    [
        {"type": "Polygon", "coordinates": [RING]},
        {"type": "MultiPolygon", "coordinates": [[RING], [[[x + 1, y] for x, y in RING]]]},
    ],
)
def test_a_border_is_a_polygon_or_several(border: dict[str, Any]) -> None:
    assert Grid(id="liuyi-1").describe(**GRID | {"border": border})


@pytest.mark.parametrize(
    "border",
    [
        [],
        "POLYGON((0 0))",
        {},
        {"type": "Polygon"},
        {"type": "Point", "coordinates": [114, 33]},
        {"type": ["Polygon"], "coordinates": [RING]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": None},
        {"type": "Polygon", "coordinates": [RING], "bbox": []},
        {"type": "Polygon", "coordinates": RING},
        {"type": "Polygon", "coordinates": [RING[:3]]},
        {"type": "Polygon", "coordinates": [[*RING[:3], [0, 0]]]},
        {"type": "Polygon", "coordinates": [RING, []]},
        {"type": "MultiPolygon", "coordinates": [[RING], []]},
        {"type": "MultiPolygon", "coordinates": [RING]},
        {"type": "Polygon", "coordinates": [[[33.0, 114.0], [33.1, 114.0], [33.1, 114.1], [33.0, 114.0]]]},
        {"type": "Polygon", "coordinates": [[["114", "33"]] * 4]},
        {"type": "Polygon", "coordinates": [[[True, False]] * 4]},
        {"type": "Polygon", "coordinates": [[[114.0]] * 4]},
        {"type": "Polygon", "coordinates": [[[float("nan"), 1.0]] * 4]},
        {"type": "Polygon", "coordinates": {"0": RING}},
    ],
)
def test_another_border_is_refused(border: Any) -> None:
    with pytest.raises(InvalidField) as refused:
        Grid(id="liuyi-1").describe(**GRID | {"border": border})
    assert broken(refused) == ("border", "not_a_border")


def test_a_border_has_a_limit() -> None:
    ring = [[114.0, 33.0]] * (MOST_POINTS + 1)
    with pytest.raises(InvalidField) as refused:
        Grid(id="liuyi-1").describe(**GRID | {"border": {"type": "Polygon", "coordinates": [ring]}})
    assert broken(refused) == ("border", "too_many_items")


def test_a_border_from_before_a_rule_does_not_stop_a_new_name() -> None:
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    grid = Grid(id="liuyi-1", community_id="liuyi", border=crossed, version=1)
    assert grid.describe(**GRID | {"border": crossed, "name": {"zh-CN": "新名"}})
    with pytest.raises(InvalidField):
        grid.describe(**GRID | {"border": crossed | {"coordinates": [crossed["coordinates"][0][::-1]]}})
