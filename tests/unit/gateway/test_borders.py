"""Which borders of grids are refused, with the place, and which grids overlap."""

from time import monotonic
from typing import Any

import pytest

from chassis.rpc.refusal import InvalidField
from gateway.demo.directory import DISTRICT
from gateway.directory.borders import MOST_POINTS, check_border
from gateway.directory.overlaps import find_overlaps

WEST, SOUTH, SIDE = 114.65, 33.62, 0.01
METRE = 1 / 111_195  # degrees of latitude


def box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    """A ring; the numbers are parts of SIDE."""
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[WEST + x * SIDE, SOUTH + y * SIDE] for x, y in corners]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def several(*polygons: Any) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


def comb(*, upright: bool) -> dict[str, Any]:
    """The largest border, of many teeth."""
    teeth = MOST_POINTS // 2 - 3
    points = [point for n in range(teeth) for point in ((n / teeth, 0.0), ((n + 0.5) / teeth, 1.0))]
    points += [(1.0, -0.2), (0.0, -0.2), points[0]]
    turned = points if upright else [(y, x) for x, y in points]
    return polygon([[WEST + x * SIDE, SOUTH + y * SIDE] for x, y in turned])


BOW_TIE = [[114.0, 33.0], [114.1, 33.1], [114.1, 33.0], [114.0, 33.1], [114.0, 33.0]]


@pytest.mark.parametrize(
    "border",
    [
        polygon(box(0, 0, 1, 1), box(0.2, 0.2, 0.4, 0.4), box(0.6, 0.6, 0.8, 0.8)),
        polygon(list(reversed(box(0, 0, 1, 1)))),
        several([box(0, 0, 1, 1)], [box(1, 1, 2, 2)], [box(3, 0, 4, 1), box(3.2, 0.2, 3.4, 0.4)]),
        several([box(0, 0, 1, 1), box(0.2, 0.2, 0.8, 0.8)], [box(0.4, 0.4, 0.6, 0.6)]),
        comb(upright=True),
    ],
)
def test_a_border_with_holes_and_parts_is_right(border: dict[str, Any]) -> None:
    check_border(border)


@pytest.mark.parametrize(
    ("border", "code", "point"),
    [
        (polygon(BOW_TIE), "border_crosses_itself", "114.05, 33.05"),
        (polygon([*box(0, 0, 1, 1)[:-1], *box(0, 0, -1, -1)]), "border_crosses_itself", "114.65, 33.62"),
        (several([box(0, 0, 1, 1)], [box(0.5, 0.5, 2, 2)]), "border_crosses_itself", "114.655, 33.63"),
        (several([box(0, 0, 1, 1)], [box(0.2, 0.2, 0.8, 0.8)]), "border_crosses_itself", "114.652, 33.622"),
        (polygon(box(0, 0, 1, 1), box(0.5, 0.5, 1.5, 0.8)), "border_crosses_itself", "114.66, 33.625"),
        (polygon(box(0, 0, 1, 1), box(2, 2, 3, 3)), "border_hole_outside", "114.67, 33.64"),
        (polygon(box(0, 0, 1, 1), box(0.2, 0.2, 0.8, 0.8), box(0.4, 0.4, 0.6, 0.6)), "border_hole_outside", "114.654, 33.624"),
        (polygon([[114.0, 33.0], [114.1, 33.1], [114.2, 33.2], [114.0, 33.0]]), "border_without_area", "114, 33"),
        (polygon([[114.0, 33.0]] * 4), "border_without_area", "114.0, 33.0"),
        (polygon(box(0, 0, 0.008, 0.008)), "border_without_area", "114.65, 33.62"),
        (polygon([[33.0, 50.0], [33.1, 50.0], [33.1, 50.1], [33.0, 50.0]]), "border_outside_china", "33.0, 50.0"),
        (polygon([[114.0, 33.0], [114.1, 33.0], [114.1, 0], [114.0, 33.0]]), "border_outside_china", "114.1, 0"),
        (polygon([[0, 0], [1, 0], [1, 1], [0, 0]]), "border_outside_china", "0, 0"),
    ],
)
def test_a_wrong_border_is_refused_with_the_place(border: dict[str, Any], code: str, point: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check_border(border)
    for language in ("en", "zh-CN"):
        [error] = refused.value.details_for(language)["errors"]
        assert (error["field"], error["code"]) == ("border", code)
        named = [float(number) for number in point.split(", ")]
        assert any(written in error["message"] for written in (point, ", ".join(str(number) for number in named)))


def wider(metres: float) -> dict[str, Any]:
    """A box whose eastern edge is `metres` further east."""
    ring = box(0, 0, 1, 1)
    for corner in (1, 2):
        ring[corner][0] += metres * METRE / 0.8327  # cos(33.62°)
    return polygon(ring)


def test_neighbours_may_touch_and_overlap_by_the_width_of_a_street() -> None:
    east = polygon(box(1, 0, 2, 1))
    for metres, overlap in ((-20, False), (0, False), (9, False), (11, True), (200, True)):
        found = find_overlaps({"a": wider(metres), "b": east}, ["a", "b"])
        assert (set(found) == {"a", "b"}) is overlap, metres
        assert bool(found) is overlap
    assert find_overlaps({"a": wider(200), "b": east}, []) == {}


def test_an_overlap_names_the_first_other_grid_and_a_place_in_both() -> None:
    borders = {"c": polygon(box(0, 0, 1, 1)), "a": polygon(box(0.5, 0.5, 1.5, 1.5)), "b": polygon(box(0.9, 0.9, 2, 2))}
    found = find_overlaps(borders, ["c"])
    assert list(found) == ["c"] and found["c"].grid_id == "a"
    assert WEST + SIDE / 2 < found["c"].longitude < WEST + SIDE
    assert SOUTH + SIDE / 2 < found["c"].latitude < SOUTH + SIDE


def test_a_grid_inside_another_overlaps_unless_it_lies_in_a_hole() -> None:
    inner = polygon(box(0.2, 0.2, 0.8, 0.8))
    assert set(find_overlaps({"a": polygon(box(0, 0, 1, 1)), "b": inner}, ["a", "b"])) == {"a", "b"}
    assert find_overlaps({"a": polygon(box(0, 0, 1, 1), box(0.2, 0.2, 0.8, 0.8)), "b": inner}, ["a", "b"]) == {}


def test_a_stored_border_that_crosses_itself_does_not_break_the_search() -> None:
    old = polygon([[WEST, SOUTH], [WEST + SIDE, SOUTH + SIDE], [WEST + SIDE, SOUTH], [WEST, SOUTH + SIDE], [WEST, SOUTH]])
    assert find_overlaps({"old": old, "new": polygon(box(0, 0, 1, 1))}, ["new"])["new"].grid_id == "old"


def test_the_largest_borders_that_cross_a_million_times_are_judged_in_seconds() -> None:
    started = monotonic()
    find_overlaps({"a": comb(upright=True), "b": comb(upright=False)}, ["a", "b"])
    assert monotonic() - started < 20, "computing the overlap takes two minutes"


def test_the_borders_of_the_demo_are_right() -> None:
    for community in DISTRICT["communities"]:
        borders = {grid["id"]: grid["border"] for grid in community["grids"]}
        for border in borders.values():
            check_border(border)
        assert find_overlaps(borders, borders) == {}
