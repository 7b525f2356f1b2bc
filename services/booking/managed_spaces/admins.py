"""The copy of the admins: keeping it, and asking who administers a community."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.booking.access import ADMIN
from services.booking.managed_spaces.models import StaffAdmin

MOST: Final = 50  # admins that one message names


def keep_admin(
    session: Session, account_id: UUID, version: int, *, active: bool, roles: Sequence[str], communities: Sequence[str] | None
) -> None:
    """Keep what a message says, unless a newer one is known. Others than admins are only kept if they were admins."""
    is_admin = active and ADMIN in roles
    if not is_admin and session.get(StaffAdmin, account_id) is None:
        return
    values = {"id": account_id, "active": is_admin, "communities": communities, "version": version}
    new = insert(StaffAdmin).values(values)
    columns = {name: new.excluded[name] for name in values if name != "id"}
    newer = StaffAdmin.version <= new.excluded.version
    session.execute(new.on_conflict_do_update(index_elements=[StaffAdmin.id], set_=columns, where=newer))


def admins_of(session: Session, community_id: str) -> Sequence[UUID]:
    """The admins of the community, sorted; at most MOST. Those who administer just some communities come before those of the
    whole district."""
    reaches = or_(StaffAdmin.communities.is_(None), literal(community_id) == func.any(StaffAdmin.communities))
    found = select(StaffAdmin.id).where(StaffAdmin.active, reaches)
    return sorted(session.scalars(found.order_by(StaffAdmin.communities.is_(None), StaffAdmin.id).limit(MOST)))
