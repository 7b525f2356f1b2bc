"""What the gateway promises to publish about the directory; the services that keep copies can read all of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from marshmallow import Schema, ValidationError

from chassis.messaging.contracts import ContractBroken, Message
from gateway.demo import directory as demo_of_gateway
from gateway.directory.messages import CONTRACTS, community_changed, department_changed, grid_changed
from gateway.directory.models import Community, Department, Grid, SubDistrict
from services.booking.calendar import messages as of_booking
from services.cases.demo import reference as demo_of_cases
from services.cases.reference import messages as of_cases

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OTHERS = ("account.", "substitution.")  # tests/contracts/test_erasure.py, test_notify.py
TYPES = sorted(contract.type for contract in CONTRACTS if not contract.type.startswith(OTHERS))
NAME = {"zh-CN": "六一社区", "en": "Liuyi"}
RING = [[114.0, 33.0], [114.1, 33.0], [114.1, 33.1], [114.0, 33.0]]
READERS: dict[str, tuple[type[Schema], ...]] = {
    "community.changed.v1": (of_booking.CommunityPlaceRead, of_cases.NumberedCommunityRead),
    "grid.changed.v1": (of_cases.GridRead,),
    "department.changed.v1": (of_cases.DepartmentRead,),
}


def community(**more: Any) -> Community:
    least = {"id": "liuyi", "name": NAME, "time_zone": "Asia/Shanghai", "number_prefix": "LY", "version": 2, "announced": 5}
    return Community(**least | more)


def grid(**more: Any) -> Grid:
    least = {"id": "liuyi-1", "community_id": "liuyi", "name": NAME, "position": 3, "active": False}
    return Grid(**least | {"version": 2, "announced": 5} | more)


def department(**more: Any) -> Department:
    least = {"id": "roads", "department_id": uuid4(), "name": NAME, "position": 3, "active": False, "communities": None}
    return Department(**least | {"version": 2, "announced": 5} | more)


FULL = {"sub_district": SubDistrict(id="chenzhou", name=NAME), "address": NAME, "phone": "0394-1", "hours": NAME}
MESSAGES = (
    community_changed(community(), START),
    community_changed(community(**FULL, latitude=33.0, longitude=114.0), START),
    grid_changed(grid(), START),
    grid_changed(grid(border={"type": "Polygon", "coordinates": [RING]}, active=True), START),
    department_changed(department(), START),
    department_changed(department(communities=["liuyi", "north"]), START),
)


def test_there_is_a_message_of_every_type() -> None:
    assert sorted({message.type for message in MESSAGES}) == TYPES == sorted(READERS)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_built_keeps_the_contract_and_is_the_whole_state(message: Message) -> None:
    message.contract.check(message.data)
    assert set(message.data) == set(message.contract.schema["properties"]) == set(message.contract.schema["required"])
    of_district = message.data.get("communities", ()) is None
    assert (message.community_id, message.data["version"]) == ("" if of_district else "liuyi", 2)


def test_messages_about_a_row_are_counted_and_share_a_subject() -> None:
    first, second = community_changed(community(announced=5), START), community_changed(community(announced=6), START)
    assert (first.version, second.version) == (5, 6)
    assert first.aggregate_id == second.aggregate_id
    other = community_changed(community(id="liuyi-1"), START)
    assert len({first.aggregate_id, other.aggregate_id, grid_changed(grid(), START).aggregate_id}) == 3


@pytest.mark.parametrize("type_", TYPES)
def test_every_keeper_of_copies_reads_every_example(type_: str) -> None:
    built = [message.data for message in MESSAGES if message.type == type_]
    for reader in READERS[type_]:
        for data in CONTRACTS[type_].examples + built:
            loaded: Any = reader().load(data)
            assert loaded["version"] == data["version"]
            assert set(loaded) <= set(data)


@pytest.mark.parametrize("reader", READERS["community.changed.v1"])
def test_a_time_zone_that_a_service_does_not_know_is_no_copy(reader: type[Schema]) -> None:
    """It would be parked, and bookings and reports go on with the zone that they have."""
    data = CONTRACTS["community.changed.v1"].examples[0]
    for zone in ("Asia/Zhoukou", "../x", "/etc/passwd", ""):
        with pytest.raises(ValidationError, match="time zone"):
            reader().load(data | {"time_zone": zone})


@pytest.mark.parametrize(
    ("type_", "field", "value"),
    [
        ("community.changed.v1", "number_prefix", None),
        ("community.changed.v1", "version", 0),
        ("community.changed.v1", "location", {"lat": 91, "lon": 0}),
        ("grid.changed.v1", "border", {"type": "Point", "coordinates": []}),
        ("grid.changed.v1", "version", 0),
        ("department.changed.v1", "communities", []),
        ("department.changed.v1", "department_id", "roads"),
    ],
)
def test_a_contract_refuses_what_is_not_described(type_: str, field: str, value: Any) -> None:
    with pytest.raises(ContractBroken):
        CONTRACTS[type_].check(CONTRACTS[type_].examples[0] | {field: value})


def test_the_demo_of_cases_has_the_grids_and_departments_of_the_directory() -> None:
    """Its cases need them before the messages arrive, which then change nothing."""
    communities = demo_of_gateway.DISTRICT["communities"]
    assert {entry["id"]: entry["number_prefix"] for entry in communities} == demo_of_cases.PREFIXES
    for entry in communities:
        names = demo_of_cases.GRIDS[entry["id"]]
        assert [tuple(grid["name"].values()) for grid in entry["grids"]] == list(names)
        assert [grid["id"] for grid in entry["grids"]] == [demo_of_cases.grid_id(entry["id"], n + 1) for n in range(len(names))]
    assert [(one["id"], *one["name"].values()) for one in demo_of_gateway.DISTRICT["departments"]] == list(
        demo_of_cases.DEPARTMENTS
    )
