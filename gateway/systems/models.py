"""Tables of other systems: systems, their credentials, and tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from chassis.database.checks import one_of
from chassis.database.engine import Aggregate
from chassis.rpc.communities import DISTRICT, Communities
from gateway.database import Base

CREDENTIALS = ("key", "client")  # an API key; a client of OAuth 2


class System(Aggregate, Base):
    """Another system, such as the hotline of the city. It reaches `communities`, or the whole district. `rights` are texts of
    chassis.rpc.rights; one without a community applies wherever the system reaches. `community_id` is the community that its
    requests are about if they name none; empty if there is no such community. `contact` says whom to call about it; it is
    encrypted with the key `key_id`. `requests_per_minute` is None for the default of the installation."""

    __tablename__ = "system"
    __table_args__ = (
        CheckConstraint("whole_district = (communities = '{}')", name="system_reach_check"),
        CheckConstraint("requests_per_minute > 0", name="system_requests_check"),
    )

    name: Mapped[str]
    contact: Mapped[bytes | None]
    key_id: Mapped[str]
    communities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    whole_district: Mapped[bool] = mapped_column(server_default=text("false"))
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    requests_per_minute: Mapped[int | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def reach(self) -> Communities:
        return DISTRICT if self.whole_district else Communities.only(*self.communities)


class ApiKey(Aggregate, Base):
    """A credential of a system: an API key, or the secret of an OAuth client. Only the hash of the secret is stored. `prefix`
    is the beginning of a key, which identifies it for people; of a client, it is the client_id. `replaced_by` is the
    credential that was made for its replacement; it ends at `expires_at` then.

    `scopes`, `whole_district` and `community_id` are copies of the system's, for a gateway of the last release, which may run
    beside this one during an upgrade. A trigger makes a system for a key that such a gateway makes."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("api_key_secret_key", "secret_hash", unique=True),
        one_of("kind", CREDENTIALS, "api_key_kind_check"),
    )

    system_id: Mapped[UUID | None] = mapped_column(ForeignKey("system.id", name="api_key_system_fkey"))
    kind: Mapped[str] = mapped_column(server_default="key")
    label: Mapped[str]
    prefix: Mapped[str]
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[Any]]
    whole_district: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    replaced_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]

    def state(self, now: datetime) -> str:
        """`active`, `ending` (it was replaced, and ends soon), `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return "ending" if self.replaced_by is not None else "active"

    def is_in_force(self, now: datetime) -> bool:
        return self.state(now) in ("active", "ending")

    def revoke(self, now: datetime) -> bool:
        """End it. Returns whether that was a change; ending it twice changes nothing."""
        if self.revoked_at is not None:
            return False
        self.revoked_at = now
        self.changed()
        return True

    def replace_by(self, new: "ApiKey", ends_at: datetime) -> None:
        """Let it end at `ends_at`, or at its own end if that is earlier."""
        self.replaced_by = new.id
        self.expires_at = ends_at if self.expires_at is None else min(self.expires_at, ends_at)
        self.changed()


class SystemToken(Base):
    """An access token that an OAuth client got. Only its hash is stored. `rights` are those that the client asked for. It
    gives at most what the system may do when it is used, and ends with the secret of the client."""

    __tablename__ = "system_token"
    __table_args__ = (
        Index("system_token_hash_key", "token_hash", unique=True),
        Index("system_token_expires", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    rights: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
