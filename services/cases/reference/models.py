"""Reference data. Names are {"zh-CN": …, "en": …}.

Rows are never deleted, because old cases refer to them. `active = false` takes a row out of use. Channels and categories belong
to the district, and an operator edits them. Communities, grids, departments and staff are copies of the gateway's; their
`version` is the gateway's, and 0 for a row that no message brought. Copies arrive in any order, so no constraint is between
them.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Unauthenticated
from services.cases.base import Base
from services.cases.interface.refusals import ChannelForStaff, PhotoRequired


class Listed:
    """Mixin for rows that are offered in a list, ordered by `position`, as long as they are `active`."""

    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Community(Base):
    """`number_prefix` begins the numbers of the community's cases: LY-20261122-0007. `time_zone` is an IANA name; None means
    the default of the installation."""

    __tablename__ = "communities"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any] | None]  # of the last release; nobody reads it, and a later migration drops it
    number_prefix: Mapped[str]
    time_zone: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class Grid(Listed, Base):
    """A part of a community, with its own grid workers."""

    __tablename__ = "grids"
    __table_args__ = (Index("grids_of_community", "community_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    community_id: Mapped[str]
    name: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default=text("0"))


class Channel(Listed, Base):
    """A way in which cases are reported. `staff_roles` are the roles that report on behalf of citizens; if it is empty,
    citizens report themselves. `anonymous_default` applies if the report does not say whether it is anonymous. Cases of a
    `published` channel are shown to everybody, without the reporter (ADR 0091)."""

    __tablename__ = "channels"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    min_photos: Mapped[int]
    sign_in_required: Mapped[bool]
    staff_roles: Mapped[list[Any]]
    anonymous_default: Mapped[bool]
    published: Mapped[bool] = mapped_column(server_default=false())

    def check_report(self, acting: Identity, photos: int) -> None:
        """Whether `acting` may report through this channel with that many photos. Raises ChannelForStaff,
        Unauthenticated or PhotoRequired."""
        if self.staff_roles and not acting.has_role(*self.staff_roles):
            raise ChannelForStaff(needs=self.staff_roles)
        if self.sign_in_required and acting.account_id is None and acting.system_id is None:
            raise Unauthenticated()
        if photos < self.min_photos:
            raise PhotoRequired()


class Category(Listed, Base):
    """What a case is about. There are two levels: `parent` is the code of a first-level category, and None for a
    first-level category itself."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("categories.code"))
    name: Mapped[dict[str, Any]]


class Department(Listed, Base):
    """承办单位: it settles cases of `communities`, or of the whole district (None)."""

    __tablename__ = "departments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[dict[str, Any]]
    communities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(server_default=text("0"))

    def works_in(self, community_id: str) -> bool:
        """Whether it settles cases of the community."""
        return self.communities is None or community_id in self.communities


class StaffMember(Base):
    """A member of staff: whether they can settle cases, and who is told of them. `communities` None means the whole district.
    `departments` are codes. `changed_by` is the admin of the newest change, None for the operator."""

    __tablename__ = "staff"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    active: Mapped[bool]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    communities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    departments: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'"))
    changed_by: Mapped[UUID | None]
    version: Mapped[int]
