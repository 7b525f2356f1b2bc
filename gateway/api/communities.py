"""The communities of the district, from the gateway's directory. Public, and cached until the directory changes."""

from typing import Any

from chassis.database.engine import reading
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT
from chassis.rpc.refusal import NotFound
from gateway.api import access
from gateway.api.answers import expected_version
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.calls import cache, public_reads
from gateway.directory import use_cases
from gateway.directory.interface import (
    COMMUNITIES,
    COMMUNITY,
    DEPARTMENT,
    GRID,
    PAGED,
    SUB_DISTRICT,
    SUB_DISTRICTS,
    PutCommunity,
    PutDepartment,
    PutGrid,
    PutSubDistrict,
)
from gateway.http import current
from gateway.operations import directory
from gateway.refusals.directory import GridOfAnotherCommunity, GridsOverlap, HostTaken, PrefixFixed, PrefixTaken

_ADMIN = access.staff("admin")
communities = Resource("communities", "社区 · Communities of the district")


@communities.get(
    "/communities",
    "List the communities",
    query=PAGED,
    answer=COMMUNITIES,
    links=links("community_id", "getCommunity", value=FIRST_ITEM),
)
def list_communities(query: dict[str, Any]) -> dict[str, Any]:
    limit, cursor = query["limit"], query.get("cursor")

    def ask() -> dict[str, Any]:
        with reading(current.database()) as session:
            found = use_cases.list_communities(Call(session, current.now()), limit=limit, cursor=cursor)
        answer: dict[str, Any] = COMMUNITIES.dump(found)
        return answer

    return public_reads.cached(("directory.list_communities", limit, cursor), cache.DIRECTORY, DISTRICT, ask)


@communities.get("/communities/<community_id>", "Read a community and its grids", answer=COMMUNITY, refuses=[NotFound])
def get_community(community_id: str) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        with reading(current.database()) as session:
            community, grids = use_cases.get_community(Call(session, current.now()), community_id)
        answer: dict[str, Any] = COMMUNITY.dump({"grids": grids} | {name: getattr(community, name) for name in _OF_COMMUNITY})
        return answer

    return public_reads.cached(("directory.get_community", community_id), cache.DIRECTORY, DISTRICT, ask)


_OF_COMMUNITY = tuple(name for name in COMMUNITY.fields if name != "grids")


@communities.put(
    "/communities/<community_id>",
    "Add or change a community",
    body=PutCommunity(),
    answer=COMMUNITY,
    needs=_ADMIN,
    versioned=True,
    refuses=(422, PrefixTaken, PrefixFixed, HostTaken),
    description="All fields are replaced. An admin of the whole district can add communities; their ids cannot change later.",
)
def put_community(body: dict[str, Any], community_id: str) -> dict[str, Any]:
    return directory.put_community(community_id, **expected_version(), **body)


@communities.put(
    "/communities/<community_id>/grids/<grid_id>",
    "Add or change a grid",
    body=PutGrid(),
    answer=GRID,
    needs=_ADMIN,
    versioned=True,
    refuses=(422, GridOfAnotherCommunity, GridsOverlap),
    description="All fields are replaced. A grid is never deleted; `active: false` takes it out of use. "
    "Borders of grids in use of one community may touch, but not overlap by more than 10 m.",
)
def put_grid(body: dict[str, Any], community_id: str, grid_id: str) -> dict[str, Any]:
    return directory.put_grid(community_id, grid_id, **expected_version(), **body)


@communities.get("/sub-districts", "List the sub-districts", answer=SUB_DISTRICTS, needs=_ADMIN)
def list_sub_districts() -> dict[str, Any]:
    return {"items": directory.list_sub_districts(), "next_cursor": None}


@communities.put(
    "/sub-districts/<sub_district_id>",
    "Add or rename a sub-district",
    body=PutSubDistrict(),
    answer=SUB_DISTRICT,
    needs=_ADMIN,
    refuses=(422,),
    description="For admins of the whole district.",
)
def put_sub_district(body: dict[str, Any], sub_district_id: str) -> dict[str, Any]:
    return directory.put_sub_district(sub_district_id, **body)


@communities.put(
    "/departments/<code>",
    "Add or change a department",
    body=PutDepartment(),
    answer=DEPARTMENT,
    needs=_ADMIN,
    versioned=True,
    refuses=(422,),
    description="All fields are replaced. Admins of some communities name communities in which they work. A department is "
    "never deleted; `active: false` takes it out of use. GET /departments reads the copies of cases, which follow in a moment.",
)
def put_department(body: dict[str, Any], code: str) -> dict[str, Any]:
    return directory.put_department(code, expected_version=expected_version().get("expected_version"), **body)
