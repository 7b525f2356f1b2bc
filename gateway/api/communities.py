"""The communities of the district, from the gateway's directory. Public, and cached until the directory changes."""

from typing import Any

from chassis.database.engine import reading
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.calls import cache, public_reads
from gateway.directory import use_cases
from gateway.directory.interface import COMMUNITIES, COMMUNITY, PAGED
from gateway.http import current

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

    return public_reads.cached(("directory.list_communities", limit, cursor), cache.DIRECTORY, ask)


@communities.get("/communities/<community_id>", "Read a community and its grids", answer=COMMUNITY, refuses=[NotFound])
def get_community(community_id: str) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        with reading(current.database()) as session:
            community, grids = use_cases.get_community(Call(session, current.now()), community_id)
        answer: dict[str, Any] = COMMUNITY.dump({"grids": grids} | {name: getattr(community, name) for name in _OF_COMMUNITY})
        return answer

    return public_reads.cached(("directory.get_community", community_id), cache.DIRECTORY, ask)


_OF_COMMUNITY = tuple(name for name in COMMUNITY.fields if name != "grids")
