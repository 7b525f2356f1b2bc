"""The border of a grid: a Polygon or MultiPolygon of GeoJSON (RFC 7946), in WGS84, longitude before latitude."""

from collections.abc import Iterator
from math import cos, radians
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import TOO_MANY, Rule

MOST_POINTS = 2_000
LEAST_AREA = 100  # square metres. A house does not fit into less.
# China with its seas and islands, in whole degrees. A point outside has its coordinates in the wrong order, or another system.
WEST, SOUTH, EAST, NORTH = 73, 3, 136, 54
METRES_PER_DEGREE = 111_195  # of latitude, on a sphere of 6,371 km

NOT_A_BORDER = Rule(
    "not_a_border",
    "This must be a Polygon or MultiPolygon of GeoJSON with closed rings, longitude before latitude.",
    "应为 GeoJSON 的 Polygon 或 MultiPolygon，线环须闭合，经度在前、纬度在后。",
)
OUTSIDE_CHINA = Rule(
    "border_outside_china",
    "The point {point} is not in China. Use WGS84, the longitude ({west} to {east}) before the latitude ({south} to {north}).",
    "点 {point} 不在中国范围内。请使用 WGS84 坐标，经度（{west} 至 {east}）在前、纬度（{south} 至 {north}）在后。",
)
CROSSES_ITSELF = Rule(
    "border_crosses_itself",
    "The border crosses or touches itself at {point}.",
    "边界在 {point} 处自己相交或相接。",
)
HOLE_OUTSIDE = Rule(
    "border_hole_outside",
    "The hole at {point} is not inside the border, or is inside another hole.",
    "{point} 处的空洞不在边界之内，或在另一个空洞之内。",
)
WITHOUT_AREA = Rule(
    "border_without_area",
    "The border at {point} encloses nothing, or less than {least} square metres.",
    "{point} 处的边界没有围住面积，或不足 {least} 平方米。",
)


def check_border(border: Any) -> None:
    """Raises InvalidField for the field `border` if it is no Polygon or MultiPolygon, has more than MOST_POINTS points, leaves
    China, crosses itself, has a hole that is not inside, or encloses less than LEAST_AREA."""
    rings = list(_rings(border))
    if not rings or not all(_is_closed(ring) for ring in rings):
        raise InvalidField(NOT_A_BORDER, "border")
    if sum(len(ring) for ring in rings) > MOST_POINTS:
        raise InvalidField(TOO_MANY, "border", most=MOST_POINTS)
    for longitude, latitude in (position for ring in rings for position in ring):
        if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
            point = written(longitude, latitude)
            raise InvalidField(OUTSIDE_CHINA, "border", point=point, west=WEST, east=EAST, south=SOUTH, north=NORTH)
    _check_shape(border, rings)


def in_metres(border: dict[str, Any], latitude: float) -> BaseGeometry:
    """The border on a plane, in metres. Lengths are right near `latitude` (degrees)."""
    scale = [METRES_PER_DEGREE * cos(radians(latitude)), METRES_PER_DEGREE]
    return shapely.transform(shape(border), lambda positions: positions * scale)


def position_of(x: float, y: float, latitude: float) -> tuple[float, float]:
    """Longitude and latitude of a point of the plane of `in_metres`."""
    return x / (METRES_PER_DEGREE * cos(radians(latitude))), y / METRES_PER_DEGREE


def written(longitude: float, latitude: float) -> str:
    """A point for people. Six decimals are 0.1 m."""
    return f"{round(longitude, 6)}, {round(latitude, 6)}"


def _check_shape(border: dict[str, Any], rings: list[Any]) -> None:
    latitude = rings[0][0][1]
    for ring in rings:
        # The hull and not the ring: the two halves of a crossed ring cancel each other out.
        hull = in_metres({"type": "MultiPoint", "coordinates": ring}, latitude).convex_hull
        if hull.area < 1:
            raise InvalidField(WITHOUT_AREA, "border", point=written(*ring[0]), least=LEAST_AREA)
    on_earth = shape(border)
    if not on_earth.is_valid:
        # "Self-intersection[114.05 33.05]"
        reason, _, place = shapely.is_valid_reason(on_earth).partition("[")
        rule = HOLE_OUTSIDE if reason in ("Hole lies outside shell", "Holes are nested") else CROSSES_ITSELF
        raise InvalidField(rule, "border", point=written(*map(float, place.rstrip("]").split()[:2])))
    if in_metres(border, latitude).area < LEAST_AREA:
        raise InvalidField(WITHOUT_AREA, "border", point=written(*rings[0][0]), least=LEAST_AREA)


def _rings(border: Any) -> Iterator[Any]:
    """The rings of all polygons. One of the values is no list if the border is malformed."""
    if not isinstance(border, dict) or set(border) != {"type", "coordinates"}:
        return
    polygons = {"Polygon": [border["coordinates"]], "MultiPolygon": border["coordinates"]}.get(str(border["type"]))
    for polygon in polygons if isinstance(polygons, list) else []:
        yield from polygon if isinstance(polygon, list) and polygon else [None]


def _is_closed(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) >= 4 and all(map(_is_position, ring)) and ring[0] == ring[-1]


def _is_position(position: Any) -> bool:
    if not isinstance(position, list) or len(position) != 2:
        return False
    numbers = [value for value in position if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == 2 and -180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90
