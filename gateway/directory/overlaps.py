"""Finds grids whose borders overlap.

Two neighbours are drawn by hand along the same street, and two lines along a street are never the same. So grids may overlap
in a strip that is nowhere wider than TOLERANCE. That is about the width of a street; four decimals of a degree are no finer.
No residential building fits into the strip.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from gateway.directory.borders import in_metres, position_of

TOLERANCE = 10  # metres


class Overlap(NamedTuple):
    """A place that belongs to `grid_id` too, in WGS84."""

    grid_id: str
    longitude: float
    latitude: float


def find_overlaps(borders: Mapping[str, Any], among: Collection[str]) -> dict[str, Overlap]:
    """For each grid of `among` that overlaps others, one of these, the first by id. `borders` are those of one community, by
    grid. It takes up to a second for each grid with thousands of points, so run it in a thread.

    What is left of a shape after TOLERANCE / 2 is taken off all around is empty if the shape is nowhere wider than TOLERANCE.
    Taking it off both grids first gives the same as taking it off their overlap. It is much faster: the overlap of two combs
    of 2,000 points has a million parts, and computing it takes two minutes.
    """
    ids = sorted(borders)
    if not ids or not among:
        return {}
    latitude = _a_latitude(borders[ids[0]])
    whole = {id_: in_metres(borders[id_], latitude) for id_ in ids}
    boxes = shapely.STRtree(list(whole.values()))
    shrunk: dict[str, BaseGeometry] = {}
    found: dict[str, Overlap] = {}
    for id_ in sorted(among):
        for number in sorted(boxes.query(whole[id_])):
            other = ids[number]
            if other == id_:
                continue
            for one in (id_, other):
                if one not in shrunk:
                    shrunk[one] = _shrunk(whole[one])
            if shrunk[id_].intersects(shrunk[other]):
                x, y = shapely.shortest_line(shrunk[id_], shrunk[other]).coords[0]
                found[id_] = Overlap(other, *position_of(x, y, latitude))
                break
    return found


def _shrunk(geometry: BaseGeometry) -> BaseGeometry:
    # A border from before the check may cross itself.
    valid = geometry if geometry.is_valid else shapely.make_valid(geometry)
    return valid.buffer(-TOLERANCE / 2, quad_segs=2)


def _a_latitude(border: Any) -> float:
    positions = border["coordinates"]
    while isinstance(positions[0], list):
        positions = positions[0]
    return float(positions[1])
