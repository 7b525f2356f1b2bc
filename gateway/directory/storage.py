"""Rows of the directory, and the lock for its changes."""

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from gateway.directory.models import Community, Grid, Names, SubDistrict


def lock_directory(session: Session) -> None:
    """Changes of the directory wait here for each other, because they are rare and their rules look at several rows. Reads do
    not wait."""
    session.execute(text("LOCK TABLE community IN SHARE ROW EXCLUSIVE MODE"))


def add_undescribed(session: Session, community_id: str, name: Names, time_zone: str) -> bool:
    """Add a community that nobody has described, unless it exists. Returns whether it was added."""
    values = {"id": community_id, "name": name, "time_zone": time_zone, "version": 0, "announced": 0}
    added = insert(Community).values(values).on_conflict_do_nothing().returning(Community.id)
    return session.scalar(added) is not None


def find_sub_district(session: Session, sub_district_id: str) -> SubDistrict | None:
    return session.get(SubDistrict, sub_district_id)


def find_community(session: Session, community_id: str) -> Community | None:
    return session.get(Community, community_id)


def known_ids(session: Session, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are communities."""
    return set(session.scalars(select(Community.id).where(Community.id.in_(ids)))) if ids else set()


def communities_with_grids(session: Session, communities: Communities) -> Sequence[tuple[Community, Grid | None]]:
    """The communities, by id, each with every grid in use, in order, or once with None if it has no grid."""
    joined = select(Community, Grid).outerjoin(Grid, and_(Grid.community_id == Community.id, Grid.active))
    rows = joined.where(within(Community.id, communities)).order_by(Community.id, Grid.position, Grid.id)
    return [(community, grid) for community, grid in session.execute(rows)]


def first_id(session: Session) -> str | None:
    """The id of a community, the lowest one. None in an installation without communities."""
    return session.scalar(select(Community.id).order_by(Community.id).limit(1))


def find_grid(session: Session, grid_id: str) -> Grid | None:
    return session.get(Grid, grid_id)


def prefix_is_taken(session: Session, prefix: str, community_id: str) -> bool:
    """Whether another community has this prefix. Case numbers of a community without a prefix begin with its id in capitals,
    so an id counts too."""
    others = select(Community.id).where(
        Community.id != community_id, or_(Community.number_prefix == prefix, func.upper(Community.id) == prefix)
    )
    return session.scalar(others.limit(1)) is not None


def id_is_a_prefix(session: Session, community_id: str) -> bool:
    """Whether the id in capitals is the prefix of another community."""
    others = select(Community.id).where(Community.id != community_id, Community.number_prefix == community_id.upper())
    return session.scalar(others.limit(1)) is not None


def communities_of(session: Session, sub_district_id: str) -> Sequence[Community]:
    of_sub_district = select(Community).where(Community.sub_district_id == sub_district_id)
    return session.scalars(of_sub_district.order_by(Community.id)).all()


def list_communities(session: Session, *, limit: int, cursor: str | None) -> Page[Community]:
    """A page of all communities, by id."""
    return page(session, select(Community), keys=[(Community.id, "asc")], limit=limit, cursor=cursor)


def find_communities(
    session: Session, communities: Communities, *, q: str | None, limit: int, cursor: str | None
) -> Page[Community]:
    """A page of `communities` by id, whose names contain `q` or whose ids begin with it."""
    found = select(Community).where(within(Community.id, communities))
    if q:
        text_ = q.casefold()
        names = (func.lower(Community.name[language].astext).contains(text_, autoescape=True) for language in ("zh-CN", "en"))
        found = found.where(or_(*names, func.lower(Community.id).startswith(text_, autoescape=True)))
    return page(session, found, keys=[(Community.id, "asc")], limit=limit, cursor=cursor)


def every_grid_of(session: Session, community_id: str) -> Sequence[Grid]:
    """All grids of a community, in order, those out of use last."""
    of_community = select(Grid).where(Grid.community_id == community_id)
    return session.scalars(of_community.order_by(Grid.active.desc(), Grid.position, Grid.id)).all()


def all_sub_districts(session: Session) -> Sequence[SubDistrict]:
    return session.scalars(select(SubDistrict).order_by(SubDistrict.id)).all()


def all_communities(session: Session) -> Sequence[Community]:
    """The communities that somebody has described, by id."""
    return session.scalars(select(Community).where(Community.version > 0).order_by(Community.id)).all()


def is_empty(session: Session) -> bool:
    """Whether there is no community."""
    return session.scalar(select(Community.id).limit(1)) is None


def every_community(session: Session) -> Sequence[Community]:
    """All communities, by their sub-districts and ids; those without a sub-district last."""
    return session.scalars(select(Community).order_by(Community.sub_district_id.asc().nulls_last(), Community.id)).all()


def host_is_taken(session: Session, hosts: Sequence[str], community_id: str) -> str | None:
    """One of `hosts` that another community has. None if all are free."""
    others = select(Community.hosts).where(Community.id != community_id, Community.hosts != [])
    taken = {host for row in session.scalars(others) for host in row}
    return next((host for host in hosts if host in taken), None)


def all_grids(session: Session) -> Sequence[Grid]:
    return session.scalars(select(Grid).order_by(Grid.community_id, Grid.position, Grid.id)).all()


def grids_of(session: Session, community_id: str) -> Sequence[Grid]:
    """The grids of a community that are in use, in order."""
    in_use = select(Grid).where(Grid.community_id == community_id, Grid.active)
    return session.scalars(in_use.order_by(Grid.position, Grid.id)).all()
