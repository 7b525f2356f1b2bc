"""Positions as Chinese maps give them, brought to WGS84, the datum that everybody else speaks.

Maps made in China must show GCJ-02 (AMap, Tencent) or its further offset BD-09 (Baidu), both some hundred metres
off; phones report WGS84.
"""

from collections.abc import Callable
from typing import Any

import prcoords

from chassis.rpc.refusal import Invalid
from services.cases.interface.refusals import problem
from services.cases.models import Location

_TO_WGS84: dict[str, Callable[[tuple[float, float]], Any]] = {
    "wgs84": lambda position: position,
    # The exact inverses; the library's plain `gcj_wgs` and `bd_wgs` are off by metres.
    "gcj02": lambda position: prcoords.gcj_wgs_bored(position, check_china=False),
    "bd09": lambda position: prcoords.bd_wgs_bored(position, check_china=False),
}
DATUMS = tuple(_TO_WGS84)


def locate(lat: float, lon: float, datum: str = "wgs84") -> Location:
    """The WGS84 location of a position in degrees in `datum` (one of DATUMS), to about 0.1 m. Raises Invalid for a
    position outside of China's bounding box."""
    if not prcoords.sanity_in_china_p(prcoords.Coords(lat, lon)):
        raise Invalid(errors=[problem("location", "out_of_bounds", "must be a position in China")])
    latitude, longitude = _TO_WGS84[datum]((lat, lon))
    return Location(round(latitude, 6), round(longitude, 6), datum)
