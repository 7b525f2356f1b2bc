"""Rows of the directory, and the lock for its changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.database.communities import within
from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from gateway.directory.models import (
    THE_DISTRICT,
    Community,
    Department,
    Grid,
    LiveSetting,
    Names,
    PrivacyNotice,
    SubDistrict,
    defaults,
)

LIVE_SETTINGS = "gateway_live_settings"  # a channel of NOTIFY


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


def names_of_grids(session: Session, communities: Communities) -> Sequence[tuple[str, str, Names]]:
    """Community, id and name of the grids in use, in order. Without the borders, which are large."""
    columns = select(Grid.community_id, Grid.id, Grid.name).where(Grid.active, within(Grid.community_id, communities))
    rows = session.execute(columns.order_by(Grid.community_id, Grid.position, Grid.id))
    return [(row.community_id, row.id, row.name) for row in rows]


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
    session: Session,
    communities: Communities,
    *,
    q: str | None,
    sub_district_id: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Community]:
    """A page of `communities` by id, whose names contain `q` or whose ids begin with it."""
    found = select(Community).where(within(Community.id, communities))
    if sub_district_id is not None:
        found = found.where(Community.sub_district_id == sub_district_id)
    if q:
        text_ = q.casefold()
        names = (func.lower(Community.name[language].astext).contains(text_, autoescape=True) for language in ("zh-CN", "en"))
        found = found.where(or_(*names, func.lower(Community.id).startswith(text_, autoescape=True)))
    return page(session, found, keys=[(Community.id, "asc")], limit=limit, cursor=cursor)


def every_grid_of(session: Session, community_id: str) -> Sequence[Grid]:
    """All grids of a community, in order, those out of use last."""
    of_community = select(Grid).where(Grid.community_id == community_id)
    return session.scalars(of_community.order_by(Grid.active.desc(), Grid.position, Grid.id)).all()


def name_of_grid(session: Session, grid_id: str) -> Names:
    return session.get_one(Grid, grid_id).name


def borders_in_use(session: Session, community_id: str) -> dict[str, Any]:
    """The borders of the grids in use of a community, by grid. Changes that are not flushed yet count too."""
    session.flush()
    in_use = select(Grid.id, Grid.border).where(Grid.community_id == community_id, Grid.active)
    return {row.id: row.border for row in session.execute(in_use) if row.border is not None}


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


def notices_in_force(session: Session) -> dict[str, datetime]:
    """When the present notice of each community was published, by the id of the community. Communities without one are
    missing."""
    present = select(PrivacyNotice.community_id, PrivacyNotice.published_at).join(
        Community, and_(Community.id == PrivacyNotice.community_id, Community.privacy_version == PrivacyNotice.version)
    )
    rows = session.execute(present.where(PrivacyNotice.notice.is_not(None), func.jsonb_typeof(PrivacyNotice.notice) != "null"))
    return {row.community_id: row.published_at for row in rows}


def find_notice(session: Session, community_id: str, version: int) -> PrivacyNotice | None:
    """A version of a community's privacy notice, also an earlier one."""
    return session.get(PrivacyNotice, (community_id, version))


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


def find_department(session: Session, code: str) -> Department | None:
    return session.get(Department, code)


def find_department_by_id(session: Session, department_id: UUID) -> Department | None:
    return session.scalar(select(Department).where(Department.department_id == department_id))


def all_departments(session: Session) -> Sequence[Department]:
    """All departments, in order, those out of use last."""
    in_order = (Department.active.desc(), Department.position, Department.id)
    return session.scalars(select(Department).order_by(*in_order)).all()


def find_departments(
    session: Session, communities: Communities, *, q: str | None, limit: int, cursor: str | None
) -> Page[Department]:
    """A page of the departments that work in one of `communities`, by code. `q` is a part of a name, or the beginning of a
    code."""
    found = select(Department).where(_work_in(communities))
    if q:
        text_ = q.casefold()
        names = (func.lower(Department.name[language].astext).contains(text_, autoescape=True) for language in ("zh-CN", "en"))
        found = found.where(or_(*names, func.lower(Department.id).startswith(text_, autoescape=True)))
    return page(session, found, keys=[(Department.id, "asc")], limit=limit, cursor=cursor)


def departments_in_use(session: Session, communities: Communities) -> Sequence[Department]:
    """The departments in use that work in one of `communities`, in order."""
    in_use = select(Department).where(Department.active, _work_in(communities))
    return session.scalars(in_use.order_by(Department.position, Department.id)).all()


def department_codes(session: Session) -> set[str]:
    """The codes of all departments, also of those out of use."""
    return set(session.scalars(select(Department.id)))


def _work_in(communities: Communities) -> ColumnElement[bool]:
    if communities.ids is None:
        return true()
    return or_(Department.communities.is_(None), Department.communities.overlap(sorted(communities.ids)))


# --- live settings ---


def every_live_setting(session: Session) -> Sequence[LiveSetting]:
    """The changed settings of the district and of all communities."""
    return session.scalars(select(LiveSetting)).all()


def find_live_setting(session: Session, scope: str) -> LiveSetting:
    return session.get(LiveSetting, scope) or defaults(scope)


def live_settings_of(session: Session, community_id: str) -> tuple[LiveSetting, LiveSetting]:
    """The settings of the district and of the community."""
    rows = session.scalars(select(LiveSetting).where(LiveSetting.scope.in_((THE_DISTRICT, community_id))))
    found = {row.scope: row for row in rows}
    return found.get(THE_DISTRICT) or defaults(THE_DISTRICT), found.get(community_id) or defaults(community_id)


def lock_live_setting(session: Session, scope: str) -> LiveSetting:
    """The settings for a change. Changes of one scope wait for each other, also before there is a row."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"live_setting {scope}"})
    if (row := session.get(LiveSetting, scope)) is None:
        session.add(row := defaults(scope))
    return row


def tell_live_settings(session: Session) -> None:
    """After the commit, every gateway reads the settings again."""
    session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": LIVE_SETTINGS})
