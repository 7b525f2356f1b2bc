"""The directory of the district, as a file for `linli directory load`."""

from typing import Any

import orjson
from sqlalchemy import Engine

from bench.district import GRIDS, SUB_DISTRICTS, community_ids
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from gateway.directory import file

_NAMES = ("和平", "建设", "人民", "中山", "新华", "光明", "胜利", "文化", "友谊", "解放")
_SIZE = 0.004  # degrees, of a square grid


def load(engine: Engine, communities: int, now: Any) -> None:
    """Put the directory into the gateway's database, with the announcements for the services."""
    with transaction(engine) as session:
        file.load(Call(session, now), orjson.dumps(document(communities)))


def document(communities: int) -> dict[str, Any]:
    return {
        "sub_districts": [
            {"id": f"street-{number:02}", "name": {"zh-CN": f"{_NAMES[number]}路街道", "en": f"Sub-district {number + 1}"}}
            for number in range(SUB_DISTRICTS)
        ],
        "communities": [_community(number, id_) for number, id_ in enumerate(community_ids(communities))],
        "departments": [],
    }


def _community(number: int, id_: str) -> dict[str, Any]:
    street, place = number % SUB_DISTRICTS, number // SUB_DISTRICTS
    name = f"{_NAMES[street]}{_NAMES[place % 10]}社区"
    return {
        "id": id_,
        "name": {"zh-CN": name, "en": f"Community {number + 1}"},
        "sub_district_id": f"street-{street:02}",
        "time_zone": "Asia/Shanghai",
        "number_prefix": f"M{number:03}",
        "address": {"zh-CN": f"{_NAMES[street]}路{number + 1}号", "en": f"{number + 1} Measured Road"},
        "phone": f"0394-7{number:06}",
        "hours": {"zh-CN": "每日8:00–21:30", "en": "Daily 8:00–21:30"},
        "grids": [_grid(number, id_, place) for place in range(GRIDS)],
    }


def _grid(number: int, community_id: str, place: int) -> dict[str, Any]:
    """A square with a jagged northern edge, because borders of real grids have many points."""
    west, south = 114 + (number % 20) * 0.05 + place * _SIZE, 33 + number // 20 * 0.05
    north = [[west + _SIZE * step / 20, south + _SIZE * (0.9 if step % 2 else 1)] for step in range(21)]
    ring = [[west, south], *north, [west + _SIZE, south], [west, south]]
    return {
        "id": f"{community_id}-{place + 1}",
        "name": {"zh-CN": f"第{place + 1}网格", "en": f"Grid {place + 1}"},
        "border": {"type": "Polygon", "coordinates": [ring]},
    }
