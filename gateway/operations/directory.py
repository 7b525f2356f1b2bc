"""The directory for admins: communities, grids, sub-districts and departments within the acting account's reach.

An admin of the whole district adds communities and sub-districts. An admin of some communities changes those and their grids.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import Forbidden, InvalidField, NotFound
from gateway.accounts.call import AccountCall
from gateway.accounts.reach import OUTSIDE_REACH
from gateway.directory import storage, use_cases
from gateway.directory.interface import COMMUNITIES, COMMUNITY, DEPARTMENT, DEPARTMENTS, GRID, SUB_DISTRICT
from gateway.directory.models import Community, Department, is_id
from gateway.http import community as of_request
from gateway.http import current


def list_communities(
    *, limit: int, cursor: str | None = None, q: str | None = None, sub_district_id: str | None = None
) -> dict[str, Any]:
    """A page of the communities within reach, by id. `q` finds a part of a name or the beginning of an id. Raises InvalidField
    for a malformed cursor."""
    with current.accounts().reading() as call:
        found = storage.find_communities(
            call.session, call.acting.reach, q=q, sub_district_id=sub_district_id, limit=limit, cursor=cursor
        )
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


def list_departments(*, limit: int, cursor: str | None = None, q: str | None = None) -> dict[str, Any]:
    """A page of the departments that work within reach, by code. `q` finds a part of a name or the beginning of a code. Raises
    InvalidField for a malformed cursor."""
    with current.accounts().reading() as call:
        found = storage.find_departments(call.session, call.acting.reach, q=q, limit=limit, cursor=cursor)
        page: dict[str, Any] = DEPARTMENTS.dump(found)
    return page


def departments_in_use() -> list[tuple[str, dict[str, Any]]]:
    """The departments in use that work within reach, in order: code and name."""
    with current.accounts().reading() as call:
        return [(one.id, one.name) for one in storage.departments_in_use(call.session, call.acting.reach)]


def get_department(code: str) -> dict[str, Any]:
    """A department that works within reach, with `may_change`. Raises NotFound."""
    with current.accounts().reading() as call:
        found = storage.find_department(call.session, code) if is_id(code) else None
        if found is None or not _reaches(call, found):
            raise NotFound()
        return {**DEPARTMENT.dump(found), "may_change": found.reach in call.acting.reach}


def put_department(
    code: str, *, expected_version: int | None = None, communities: Sequence[str] | None = None, **values: Any
) -> dict[str, Any]:
    """Change or add a department. Admins of some communities can name only those, and change only departments that work
    nowhere else. Raises NotFound, Forbidden, VersionMismatch, InvalidField."""
    with _changing() as call:
        known = storage.find_department(call.session, code) if is_id(code) else None
        if known is not None and known.reach not in call.acting.reach:
            if not _reaches(call, known):
                raise NotFound()
            raise Forbidden(needs=["admin"])
        wanted = DISTRICT if communities is None else Communities.only(*communities)
        if wanted not in call.acting.reach:
            raise InvalidField(OUTSIDE_REACH, "communities")
        department = use_cases.put_department(
            call, id=code, communities=communities, expected_version=expected_version, **values
        )
        call.session.flush()
        answer: dict[str, Any] = DEPARTMENT.dump(department)
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


def _reaches(call: AccountCall, department: Department) -> bool:
    """Whether the department works in one of the communities of the acting account."""
    own, its = call.acting.reach.ids, department.reach.ids
    return own is None or its is None or not own.isdisjoint(its)


def _check_district(call: AccountCall) -> None:
    if call.acting.reach != DISTRICT:
        raise Forbidden(needs=["admin"])


def _answer(call: AccountCall, community: Community) -> dict[str, Any]:
    grids = storage.every_grid_of(call.session, community.id)
    columns = (name for name in COMMUNITY.fields if name != "grids")
    answer: dict[str, Any] = COMMUNITY.dump({name: getattr(community, name) for name in columns} | {"grids": grids})
    return answer
