"""Positions from Chinese maps end where they really are."""

import math

import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.refusal import Invalid
from services.cases.intake.coordinates import locate
from services.cases.interface.cases import DATUMS

EARTH_R = 6_371_000


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    north, east = math.radians(a[0] - b[0]), math.radians(a[1] - b[1]) * math.cos(math.radians(a[0]))
    return EARTH_R * math.hypot(north, east)


# Pairs published with other implementations (eviltransform's and coordtransform's test data): WGS84 and GCJ-02.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),  # Shanghai
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),  # Shenzhen
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),  # Beijing
    ],
)
def test_gcj02_becomes_wgs84(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    found = locate(*gcj02, "gcj02")
    assert metres((found.lat, found.lon), wgs84) < 0.5
    assert found.source_datum == "gcj02"
    assert metres(gcj02, wgs84) > 300, "unconverted it would be off by streets"


def test_bd09_becomes_wgs84() -> None:
    by_way_of_gcj02 = locate(39.90865673957631, 116.39762729119315, "gcj02")  # published GCJ-02 of the position below
    found = locate(39.915, 116.404, "bd09")
    assert metres((found.lat, found.lon), (by_way_of_gcj02.lat, by_way_of_gcj02.lon)) < 0.5


def test_wgs84_stays() -> None:
    found = locate(33.62, 114.65)
    assert (found.lat, found.lon, found.source_datum) == (33.62, 114.65, "wgs84")


@given(lat=st.floats(20, 50), lon=st.floats(80, 130), datum=st.sampled_from(["gcj02", "bd09"]))
def test_conversion_undoes_what_the_maps_do(lat: float, lon: float, datum: str) -> None:
    shifted = {"gcj02": prcoords.wgs_gcj, "bd09": prcoords.wgs_bd}[datum]((lat, lon))
    found = locate(*shifted, datum)
    assert metres((found.lat, found.lon), (lat, lon)) < 0.3


@pytest.mark.parametrize("datum", DATUMS)
def test_every_datum_of_the_interface_is_converted(datum: str) -> None:
    assert locate(33.62, 114.65, datum).source_datum == datum


@pytest.mark.parametrize("datum", DATUMS)
@pytest.mark.parametrize("position", [(0.0, 0.0), (51.5, -0.12), (33.6, 140.0), (60.0, 114.0), (-33.6, 114.6)])
def test_positions_outside_of_china_are_refused(position: tuple[float, float], datum: str) -> None:
    with pytest.raises(Invalid) as refused:
        locate(*position, datum)
    sentences = {"en": "This must be a position in China.", "zh-CN": "位置应在中国境内。"}
    for language, message in sentences.items():
        error = {"field": "location", "code": "out_of_bounds", "message": message}
        assert refused.value.details_for(language)["errors"] == [error]
