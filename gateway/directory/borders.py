"""The border of a grid: a Polygon or MultiPolygon of GeoJSON (RFC 7946), in WGS84, longitude before latitude."""

from collections.abc import Iterator
from typing import Any

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import TOO_MANY, Rule

MOST_POINTS = 2_000
NOT_A_BORDER = Rule(
    "not_a_border",
    "This must be a Polygon or MultiPolygon of GeoJSON with closed rings, longitude before latitude.",
    "应为 GeoJSON 的 Polygon 或 MultiPolygon，线环须闭合，经度在前、纬度在后。",
)


def check_border(border: Any) -> None:
    """Raises InvalidField for the field `border` if it is no Polygon or MultiPolygon, or has more than MOST_POINTS points."""
    rings = list(_rings(border))
    if not rings or not all(_is_closed(ring) for ring in rings):
        raise InvalidField(NOT_A_BORDER, "border")
    if sum(len(ring) for ring in rings) > MOST_POINTS:
        raise InvalidField(TOO_MANY, "border", most=MOST_POINTS)


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
