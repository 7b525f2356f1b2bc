"""The copies of communities and grids: by version, in whatever order and however often the messages come."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from sqlalchemy import Engine, text

from chassis.database.engine import reading, transaction
from chassis.database.migrate import config, locations, migrate
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import InvalidField
from services.cases.reference import copies
from services.cases.reference.models import Community, Grid
from tests.conftest import DatabaseOf
from tests.integration.cases.conftest import District, both

BEIGUAN: dict[str, Any] = {"community_id": "beiguan", "number_prefix": "BG", "time_zone": "Asia/Shanghai"}
GRID: dict[str, Any] = {"grid_id": "beiguan-1", "community_id": "beiguan", "name": both("一格", "1"), "active": True}
VISITOR = Identity(community_id="beiguan")


def receive(engine: Engine, kind: str, **values: Any) -> None:
    with transaction(engine) as session:
        getattr(copies, f"keep_{kind}")(session, **values)


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_the_newest_state_stays_in_whatever_order_messages_come(database_of: DatabaseOf, order: tuple[int, ...]) -> None:
    engine = database_of("cases")
    for version in order * 2:
        receive(engine, "grid", **GRID, version=version, position=version)
        receive(engine, "community", **BEIGUAN | {"number_prefix": f"B{version}"}, version=version)
    with reading(engine) as session:
        grid, community = session.get_one(Grid, "beiguan-1"), session.get_one(Community, "beiguan")
        assert (grid.version, grid.position, community.version, community.number_prefix) == (3, 3, 3, "B3")


def test_the_same_version_repairs_a_copy(database_of: DatabaseOf) -> None:
    engine = database_of("cases")
    receive(engine, "grid", **GRID, version=2, position=2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE grids SET active = false"))
    receive(engine, "grid", **GRID, version=1, position=2)
    with reading(engine) as session:
        assert not session.get_one(Grid, "beiguan-1").active
    receive(engine, "grid", **GRID, version=2, position=2)
    with reading(engine) as session:
        assert session.get_one(Grid, "beiguan-1").active


def test_a_report_names_a_grid_from_when_its_copy_is_there(district: District) -> None:
    with pytest.raises(InvalidField) as refused:
        district.report(VISITOR, grid_id="beiguan-1")
    (error,) = refused.value.details_for("en")["errors"]
    assert (error["field"], error["code"]) == ("grid_id", "unknown")
    receive(district.engine, "grid", **GRID, version=1, position=0)  # before its community
    case = district.report(VISITOR, grid_id="beiguan-1").case
    assert (case.grid_id, case.number[:8]) == ("beiguan-1", "BEIGUAN-")
    receive(district.engine, "community", **BEIGUAN, version=1)
    assert district.report(VISITOR, grid_id="beiguan-1").case.number == "BG-20261122-0002"
    receive(district.engine, "grid", **GRID | {"active": False}, version=2, position=0)
    with pytest.raises(InvalidField):
        district.report(VISITOR, grid_id="beiguan-1")
    with reading(district.engine) as session:
        assert session.get_one(type(case), case.id).grid_id == "beiguan-1", "the old case keeps its grid"


def test_numbers_have_the_day_of_their_community(district: District) -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # past midnight in Shanghai, 22:30 in Urumqi
    receive(district.engine, "community", **BEIGUAN | {"time_zone": "Asia/Urumqi"}, version=1)
    assert district.report(VISITOR, now=late).case.number == "BG-20261122-0001"
    assert district.report(district.wang, now=late).case.number == "LY-20261123-0001"


def test_rows_from_before_the_directory_stay_until_a_message_comes(database_of: DatabaseOf) -> None:
    engine = database_of("cases")
    folder, version_table = locations("cases")[1]
    with engine.connect() as connection:  # not `begin`: a migration of an index commits what was done before
        command.downgrade(config(folder, version_table, connection), "0004")
        connection.commit()
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO communities (id, name, number_prefix) VALUES ('beiguan', '{\"zh-CN\": \"x\"}', 'OLD')")
        )
        connection.execute(
            text("INSERT INTO grids (id, community_id, name, position, active) VALUES ('g', 'beiguan', '{}', 4, true)")
        )
    migrate("cases", engine)
    with reading(engine) as session:
        community, grid = session.get_one(Community, "beiguan"), session.get_one(Grid, "g")
        assert (community.number_prefix, community.time_zone, community.version) == ("OLD", None, 0)
        assert (grid.position, grid.active, grid.version) == (4, True, 0)
    receive(engine, "community", **BEIGUAN, version=1)
    receive(engine, "grid", **GRID | {"grid_id": "g"}, version=1, position=0)
    with reading(engine) as session:
        assert session.get_one(Community, "beiguan").number_prefix == "BG"
        assert session.get_one(Grid, "g").position == 0
    with engine.connect() as connection:
        command.downgrade(config(folder, version_table, connection), "base")
        connection.commit()


ROAD_WORKS: dict[str, Any] = {
    "department_id": uuid4(),
    "code": "road-works",
    "name": both("道路", "Road works"),
    "active": True,
}


def test_a_case_is_dispatched_to_a_department_that_settles_cases_of_its_community(district: District) -> None:
    case = district.report(district.wang).case
    district.do("accept_case", district.clerk, case_id=case.id)
    to = {"case_id": case.id, "department_id": ROAD_WORKS["department_id"]}

    def refused() -> str:
        with pytest.raises(InvalidField) as raised:
            district.do("dispatch_case", district.clerk, **to)
        (error,) = raised.value.details_for("en")["errors"]
        assert error["field"] == "department_id"
        return str(error["code"])

    def offered() -> set[str]:
        return {department.code for department in district.do("list_departments", district.clerk)}

    assert refused() == "unknown"
    receive(district.engine, "department", **ROAD_WORKS, version=1, position=0, communities=["hexie"])
    assert refused() == "department_elsewhere" and offered() == {"roads", "civil"}
    receive(district.engine, "department", **ROAD_WORKS, version=3, position=0, communities=["hexie", "liuyi"])
    receive(district.engine, "department", **ROAD_WORKS, version=2, position=0, communities=["hexie"])  # late
    assert offered() == {"roads", "civil", "road-works"}
    assert district.do("dispatch_case", district.clerk, **to).department.code == "road-works"
    receive(district.engine, "department", **ROAD_WORKS | {"active": False}, version=4, position=0, communities=None)
    assert offered() == {"roads", "civil"}
