"""The directory for admins: communities, grids and sub-districts within the acting account's reach.

An admin of the whole district adds communities and sub-districts. An admin of some communities changes those and their grids.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from gateway.accounts.call import AccountCall
from gateway.accounts.reach import OUTSIDE_REACH
from gateway.directory import storage, use_cases
from gateway.directory.interface import COMMUNITIES, COMMUNITY, GRID, SUB_DISTRICT
from gateway.directory.models import Community, is_id
from gateway.http import community as of_request
from gateway.http import current


def list_communities(*, limit: int, cursor: str | None = None, q: str | None = None) -> dict[str, Any]:
    """A page of the communities within reach, by id. `q` finds a part of a name or the beginning of an id. Raises InvalidField
    for a malformed cursor."""
    with current.accounts().reading() as call:
        found = storage.find_communities(call.session, call.acting.reach, q=q, limit=limit, cursor=cursor)
        page: dict[str, Any] = COMMUNITIES.dump(found)
    return page


def get_community(community_id: str) -> dict[str, Any]:
    """A community within reach with all its grids, also those that are out of use. Raises NotFound."""
    with current.accounts().reading() as call:
        return _answer(call, _within_reach(call, community_id))


def put_community(community_id: str, *, expected_version: int | None = None, **values: Any) -> dict[str, Any]:
    """Change a community within reach, or add one if the acting account works in the whole district. Raises NotFound,
    Forbidden, VersionMismatch, and what gateway.directory.use_cases.put_community raises."""
    with _changing() as call:
        if is_id(community_id) and storage.find_community(call.session, community_id) is not None:
            _check_of_district(call, _within_reach(call, community_id), values)
        else:
            _check_district(call)
        changed = use_cases.put_community(call, id=community_id, expected_version=expected_version, **values)
        call.session.flush()
        return _answer(call, changed)


def put_grid(community_id: str, grid_id: str, *, expected_version: int | None = None, **values: Any) -> dict[str, Any]:
    """Change or add a grid of a community within reach. Raises NotFound, VersionMismatch, and what
    gateway.directory.use_cases.put_grid raises."""
    with _changing() as call:
        _within_reach(call, community_id)
        grid = use_cases.put_grid(call, id=grid_id, community_id=community_id, expected_version=expected_version, **values)
        call.session.flush()
        answer: dict[str, Any] = GRID.dump(grid)
        return answer


def list_sub_districts() -> list[dict[str, Any]]:
    """All sub-districts, by id."""
    with current.accounts().reading() as call:
        return [SUB_DISTRICT.dump(row) for row in storage.all_sub_districts(call.session)]


def put_sub_district(sub_district_id: str, *, name: dict[str, Any]) -> dict[str, Any]:
    """Add or rename a sub-district. Raises Forbidden for admins of some communities only, InvalidField."""
    with _changing() as call:
        _check_district(call)
        answer: dict[str, Any] = SUB_DISTRICT.dump(use_cases.put_sub_district(call, id=sub_district_id, name=name))
        return answer


def may_add() -> bool:
    """Whether the reader may add communities and sub-districts."""
    return current.identity().reach == DISTRICT


@contextmanager
def _changing() -> Iterator[AccountCall]:
    """One transaction. This process sees the change at once, the others when its message arrives."""
    with current.accounts().transaction() as call:
        yield call
    of_request.directory_changed()


def _within_reach(call: AccountCall, community_id: str) -> Community:
    found = storage.find_community(call.session, community_id) if is_id(community_id) else None
    if found is None or Communities.only(community_id) not in call.acting.reach:
        raise NotFound()
    return found


def _check_of_district(call: AccountCall, known: Community, values: dict[str, Any]) -> None:
    """Host names and the sub-district concern other communities too, so admins of the whole district decide about them. Raises
    InvalidField if somebody else changes them."""
    if call.acting.reach == DISTRICT:
        return
    if sorted(values.get("hosts", ())) != sorted(known.hosts):
        raise InvalidField(OUTSIDE_REACH, "hosts")
    if values.get("sub_district_id") != known.sub_district_id:
        raise InvalidField(OUTSIDE_REACH, "sub_district_id")


def _check_district(call: AccountCall) -> None:
    if call.acting.reach != DISTRICT:
        raise Forbidden(needs=["admin"])


def _answer(call: AccountCall, community: Community) -> dict[str, Any]:
    grids = storage.every_grid_of(call.session, community.id)
    columns = (name for name in COMMUNITY.fields if name != "grids")
    answer: dict[str, Any] = COMMUNITY.dump({name: getattr(community, name) for name in columns} | {"grids": grids})
    return answer
