"""The demo's district: two sub-districts with three communities and their grids, and departments, put into the
directory like any other. The file has the form that `linli directory load` reads. The borders are made up."""

from pathlib import Path
from typing import Any

import orjson

from chassis.demo import demo_id
from chassis.rpc.call import Call
from gateway.directory import storage, use_cases
from gateway.directory.interface import DIRECTORY_FILE

DISTRICT: dict[str, Any] = DIRECTORY_FILE.load(orjson.loads((Path(__file__).parent / "district.json").read_bytes()))


def seed(call: Call) -> None:
    """Add what is missing. What somebody has described already stays as it is."""
    for sub_district in DISTRICT["sub_districts"]:
        if storage.find_sub_district(call.session, sub_district["id"]) is None:
            use_cases.put_sub_district(call, **sub_district)
    for entry in DISTRICT["communities"]:
        community = {name: value for name, value in entry.items() if name != "grids"}
        known = storage.find_community(call.session, community["id"])
        if known is None or not known.version:
            use_cases.put_community(call, **community)
        for position, grid in enumerate(entry["grids"]):
            if storage.find_grid(call.session, grid["id"]) is None:
                use_cases.put_grid(call, **grid, community_id=community["id"], position=position)
    for position, department in enumerate(DISTRICT["departments"]):
        if storage.find_department(call.session, department["id"]) is None:
            own_id = demo_id("department", department["id"])
            use_cases.put_department(call, **department, department_id=own_id, position=position)
