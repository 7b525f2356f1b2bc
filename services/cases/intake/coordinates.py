"""Conversion of positions to WGS84.

Maps made in China must use the datum GCJ-02 (AMap, Tencent) or BD-09 (Baidu), which are shifted by some hundred metres.
Phones report WGS84.
"""

from collections.abc import Callable
from typing import Any

import prcoords

from chassis.rpc.refusal import InvalidField
from services.cases.cases.models import Location
from services.cases.interface.refusals import OUT_OF_BOUNDS

# One function for each word of interface.cases.DATUMS.
_TO_WGS84: dict[str, Callable[[tuple[float, float]], Any]] = {
    "wgs84": lambda position: position,
    # These functions are the exact inverses. The library's plain `gcj_wgs` and `bd_wgs` are wrong by metres.
    "gcj02": lambda position: prcoords.gcj_wgs_bored(position, check_china=False),
    "bd09": lambda position: prcoords.bd_wgs_bored(position, check_china=False),
}


def locate(lat: float, lon: float, datum: str = "wgs84") -> Location:
    """The location of a position, given in degrees in `datum` (one of DATUMS). The result is right to about 0.1 m. Raises
    InvalidField for a position outside of China's bounding box."""
    if not prcoords.sanity_in_china_p(prcoords.Coords(lat, lon)):
        raise InvalidField(OUT_OF_BOUNDS, "location")
    latitude, longitude = _TO_WGS84[datum]((lat, lon))
    return Location(round(latitude, 6), round(longitude, 6), datum)
