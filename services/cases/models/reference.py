"""Reference data: rows that an operator edits, not code. Names are {"zh-CN": …, "en": …}.

What is out of use is marked `active = false`, never deleted: old cases still point to it. Channels, categories and
departments are the district's; grids belong to a community.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.cases.models.base import Base


class Community(Base):
    """`number_prefix` begins the numbers of the community's cases: LY-20261122-0007."""

    __tablename__ = "communities"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any]]
    number_prefix: Mapped[str] = mapped_column(unique=True)


class Grid(Base):
    __tablename__ = "grids"
    __table_args__ = (Index("grids_of_community", "community_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str] = mapped_column(ForeignKey("communities.id"))
    name: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Channel(Base):
    """A way in. `staff_roles`: the roles that enter it on behalf of a citizen; empty: citizens do it themselves.
    `anonymous_default` holds where the report does not say."""

    __tablename__ = "channels"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    min_photos: Mapped[int]
    sign_in_required: Mapped[bool]
    staff_roles: Mapped[list[Any]]
    anonymous_default: Mapped[bool]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Category(Base):
    """What a case is about, on two levels: `parent` is the code of a first-level category, or None for one."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    name: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Department(Base):
    """承办单位: who settles cases."""

    __tablename__ = "departments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
