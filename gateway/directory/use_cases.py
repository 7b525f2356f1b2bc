"""Create and change sub-districts, communities, grids and departments; announce them; read them.

Putting something that is already so changes and announces nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database.pagination import Page
from chassis.messaging import outbox
from chassis.rpc.call import Call
from chassis.rpc.refusal import InvalidField, NotFound, VersionMismatch
from chassis.rpc.rules import UNKNOWN
from gateway.directory import auditing, storage
from gateway.directory.borders import written
from gateway.directory.messages import community_changed, department_changed, grid_changed
from gateway.directory.models import Community, Department, Grid, Names, SubDistrict, check_id, is_id
from gateway.directory.overlaps import TOLERANCE, Overlap, find_overlaps
from gateway.offload import in_thread
from gateway.refusals.directory import GridsOverlap, HostTaken, PrefixTaken


def put_sub_district(call: Call, *, id: str, name: Names) -> SubDistrict:
    """Create or rename a sub-district. Its communities are announced again if the name is new. Raises InvalidField."""
    check_id(id)
    storage.lock_directory(call.session)
    before = auditing.facts_of(sub_district) if (sub_district := storage.find_sub_district(call.session, id)) else None
    if sub_district is None:
        call.session.add(sub_district := SubDistrict(id=id, name=name))
        call.session.flush()
    elif sub_district.name != name:
        sub_district.name = name
        for community in storage.communities_of(call.session, id):
            community.version += 1
            _announce_community(call, community)
    auditing.changed(call, sub_district, before)
    return sub_district


def put_community(
    call: Call,
    *,
    id: str,
    name: Names,
    time_zone: str,
    number_prefix: str,
    sub_district_id: str | None = None,
    address: Names | None = None,
    phone: str | None = None,
    hours: Names | None = None,
    location: dict[str, float] | None = None,
    hosts: Sequence[str] = (),
    icp_filing: str | None = None,
    police_filing: str | None = None,
    privacy_notice: Names | None = None,
    expected_version: int | None = None,
) -> Community:
    """Create a community, or replace all its fields. `location` is {"lat", "lon"} in WGS84. `expected_version` is the version
    that the caller saw. Raises VersionMismatch, InvalidField, PrefixTaken or HostTaken (by another community), or PrefixFixed
    (the prefix is given once, because the numbers of cases begin with it)."""
    check_id(id)
    storage.lock_directory(call.session)
    if storage.prefix_is_taken(call.session, number_prefix, id) or storage.id_is_a_prefix(call.session, id):
        raise PrefixTaken(prefix=number_prefix)
    if taken := storage.host_is_taken(call.session, hosts, id):
        raise HostTaken(host=taken)
    community = storage.find_community(call.session, id) or Community(id=id)
    _expect(community, expected_version)
    before = auditing.facts_of(community) if community.version else None
    described = community.describe(
        name=name,
        time_zone=time_zone,
        number_prefix=number_prefix,
        sub_district=_chosen_sub_district(call, sub_district_id),
        address=address,
        phone=phone,
        hours=hours,
        location=location,
        hosts=hosts,
        icp_filing=icp_filing,
        police_filing=police_filing,
        privacy_notice=privacy_notice,
    )
    call.session.add(community)
    if described:
        auditing.changed(call, community, before)
        _announce_community(call, community)
    return community


def put_grid(
    call: Call,
    *,
    id: str,
    community_id: str,
    name: Names,
    position: int,
    border: dict[str, Any] | None = None,
    active: bool = True,
    expected_version: int | None = None,
) -> Grid:
    """Create a grid, or replace all its fields. `border` is GeoJSON. `expected_version` is the version that the caller saw.
    Raises VersionMismatch, InvalidField, GridOfAnotherCommunity, or GridsOverlap with another grid in use."""
    storage.lock_directory(call.session)
    before = storage.borders_in_use(call.session, community_id) if is_id(community_id) else {}
    grid = put_grid_unchecked(
        call,
        id=id,
        community_id=community_id,
        name=name,
        position=position,
        border=border,
        active=active,
        expected_version=expected_version,
    )
    for refusal in overlaps_since(call, community_id, before).values():
        raise refusal
    return grid


def put_grid_unchecked(
    call: Call,
    *,
    id: str,
    community_id: str,
    name: Names,
    position: int,
    border: dict[str, Any] | None = None,
    active: bool = True,
    expected_version: int | None = None,
) -> Grid:
    """`put_grid` for many grids in one transaction, which may swap streets. The caller compares their borders at the end, with
    `overlaps_since`. Raises VersionMismatch, InvalidField or GridOfAnotherCommunity."""
    check_id(id)
    storage.lock_directory(call.session)
    if storage.find_community(call.session, community_id) is None:
        raise InvalidField(UNKNOWN, "community_id")
    grid = storage.find_grid(call.session, id) or Grid(id=id)
    _expect(grid, expected_version)
    describe_grid(call, grid, community_id=community_id, name=name, position=position, border=border, active=active)
    return grid


def describe_grid(
    call: Call, grid: Grid, *, community_id: str, name: Names, position: int, border: dict[str, Any] | None, active: bool
) -> None:
    """Replace all fields of a grid that was found, or just made. The caller holds the lock of the directory. Raises as
    `put_grid`."""
    before = auditing.facts_of(grid) if grid.version else None
    described = grid.describe(community_id=community_id, name=name, position=position, border=border, active=active)
    call.session.add(grid)
    if described:
        auditing.changed(call, grid, before)
        _announce_grid(call, grid)


def overlaps_since(call: Call, community_id: str, before: Mapping[str, Any]) -> dict[str, GridsOverlap]:
    """Why grids cannot have the borders that this transaction gave them, by grid. `before` are the borders in use before it.
    The caller holds the lock of the directory."""
    borders = storage.borders_in_use(call.session, community_id)
    found = in_thread(find_overlaps, borders, [id for id in borders if borders[id] != before.get(id)])
    return {id: overlap_refusal(overlap, storage.name_of_grid(call.session, overlap.grid_id)) for id, overlap in found.items()}


def overlap_refusal(overlap: Overlap, name: Names) -> GridsOverlap:
    return GridsOverlap(
        grid_id=overlap.grid_id,
        name_zh=name["zh-CN"],
        name_en=name.get("en") or name["zh-CN"],
        point=written(overlap.longitude, overlap.latitude),
        most=TOLERANCE,
    )


def put_department(
    call: Call,
    *,
    id: str,
    name: Names,
    position: int,
    active: bool = True,
    communities: Sequence[str] | None = None,
    department_id: UUID | None = None,
    expected_version: int | None = None,
) -> Department:
    """Create a department, or replace all its fields. `id` is its code. It works in `communities`; None: in the whole district.
    `department_id` is that of a new one; by default a new id. `expected_version` is the version that the caller saw. Raises
    VersionMismatch or InvalidField."""
    check_id(id)
    storage.lock_directory(call.session)
    if set(communities or ()) - storage.known_ids(call.session, communities or ()):
        raise InvalidField(UNKNOWN, "communities")
    known = storage.find_department(call.session, id)
    department = known or Department(id=id, department_id=department_id or uuid7())
    _expect(department, expected_version)
    before, reached = (auditing.facts_of(known), known.reach) if known else (None, auditing.NOWHERE)
    described = department.describe(name=name, position=position, active=active, communities=communities)
    call.session.add(department)
    if described:
        auditing.changed(call, department, before, reached)
        _announce_department(call, department)
    return department


def announce_all(call: Call) -> tuple[int, int]:
    """Announce the state of every community, grid and department again, with the versions that they have. Copies take what they
    miss. Returns the numbers of communities and grids."""
    storage.lock_directory(call.session)
    communities, grids = storage.all_communities(call.session), storage.all_grids(call.session)
    for community in communities:
        _announce_community(call, community)
    for grid in grids:
        _announce_grid(call, grid)
    for department in storage.all_departments(call.session):
        _announce_department(call, department)
    return len(communities), len(grids)


def add_default(call: Call, community_id: str, time_zone: str) -> bool:
    """Make the community of the settings known, if the directory is empty. It is not described, so nothing is announced, and
    the services keep what they know of it. Returns whether it was added; False for an id that the directory cannot store."""
    if not storage.is_empty(call.session):
        return False
    return is_id(community_id) and storage.add_undescribed(call.session, community_id, {"zh-CN": community_id}, time_zone)


def list_communities(call: Call, *, limit: int, cursor: str | None) -> Page[Community]:
    """A page of the district's communities, by id. Raises InvalidField for a malformed cursor."""
    return storage.list_communities(call.session, limit=limit, cursor=cursor)


def get_community(call: Call, community_id: str) -> tuple[Community, list[Grid]]:
    """A community and its grids that are in use, in order. Raises NotFound."""
    if not is_id(community_id) or (community := storage.find_community(call.session, community_id)) is None:
        raise NotFound()
    return community, list(storage.grids_of(call.session, community_id))


def _expect(row: Community | Grid | Department, version: int | None) -> None:
    if version is not None and version != (row.version or 0):
        raise VersionMismatch(version=row.version or 0)


def _chosen_sub_district(call: Call, sub_district_id: str | None) -> SubDistrict | None:
    if sub_district_id is None:
        return None
    if (found := storage.find_sub_district(call.session, sub_district_id)) is None:
        raise InvalidField(UNKNOWN, "sub_district_id")
    return found


def _announce_community(call: Call, community: Community) -> None:
    community.announced = (community.announced or 0) + 1
    outbox.add(call.session, community_changed(community, call.now))


def _announce_grid(call: Call, grid: Grid) -> None:
    grid.announced = (grid.announced or 0) + 1
    outbox.add(call.session, grid_changed(grid, call.now))


def _announce_department(call: Call, department: Department) -> None:
    department.announced = (department.announced or 0) + 1
    outbox.add(call.session, department_changed(department, call.now))
