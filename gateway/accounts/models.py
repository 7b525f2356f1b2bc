"""Tables of accounts: accounts and their search terms, roles, sessions, invitations, one-time codes, and the log of reveals."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from chassis.database.engine import Aggregate
from chassis.database.partitions import Partitions
from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.families.models import Household
from gateway.database import Base

RESIDENT_SESSION = timedelta(days=30)
STAFF_SESSION = timedelta(hours=12)
# A session ends this long after the sign-in, however much it is used.
LONGEST_RESIDENT_SESSION = timedelta(days=365)
LONGEST_STAFF_SESSION = timedelta(days=7)
REVEALS = Partitions("reveal", "id", stays=("at > :before",), weeks=4)
NO_COMMUNITY = ""  # the community of staff who were added before there was any; they work in the whole district
ROLES = ("clerk", "grid_worker", "handler", "mediator", "organiser", "supervisor", "admin")
STATES = ("active", "invited", "disabled")  # of staff; an invited one has no password yet


class Account(Aggregate, Base):
    """A resident (signs in by phone) or a member of staff (by username).

    `phone`, `contact_phone`, `name` and `totp_secret` are encrypted with the key `key_id`. Phones and usernames are unique in
    the whole installation, because at sign-in the community of the person is not known yet.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index("account_phone_key", "phone_index", unique=True, postgresql_where=text("phone_index IS NOT NULL")),
        Index("account_username_key", "username", unique=True, postgresql_where=text("username IS NOT NULL")),
        Index("account_contact_due", "id", postgresql_where=text("contact_due")),
        CheckConstraint("party IN ('resident', 'staff')", name="account_party_check"),
        CheckConstraint(
            "party = 'resident' AND (phone IS NOT NULL OR made_by IS NOT NULL OR merged_into IS NOT NULL"
            " OR claimed_at IS NOT NULL) OR party = 'staff' AND phone IS NULL AND contact_phone IS NULL AND made_by IS NULL",
            name="account_phone_check",
        ),
        Index("account_contact_phone", "contact_phone_index", postgresql_where=text("contact_phone_index IS NOT NULL")),
        Index("account_household", "household_id", postgresql_where=text("household_id IS NOT NULL")),
        Index("account_name", "community_id", "name_index", "birth_year", postgresql_where=text("name_index IS NOT NULL")),
        Index("account_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        CheckConstraint("communities = '{}' OR (party = 'staff' AND NOT whole_district)", name="account_communities_check"),
        CheckConstraint("party = 'staff' OR NOT whole_district", name="account_whole_district_check"),
        CheckConstraint("departments = '{}' OR party = 'staff'", name="account_departments_check"),
        Index("account_work_untold", "id", postgresql_where=text("party = 'staff' AND work_told_at IS NULL")),
    )

    party: Mapped[str]
    username: Mapped[str | None]
    phone: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    # The main phones. resident_phone has all of them (gateway.accounts.phone_list), and follows these by a trigger. The contact
    # phone is somebody else's, such as a daughter's, under which a resident can be reached. Nobody signs in with it, so several
    # residents may have the same one.
    contact_phone: Mapped[bytes | None]
    contact_phone_index: Mapped[bytes | None]
    birth_year: Mapped[int | None] = mapped_column(SmallInteger)
    # The member of staff who added the resident, and when the resident first signed in. Then the account is theirs.
    made_by: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    name: Mapped[bytes | None]
    # A keyed hash of a resident's name (gateway.accounts.name_index), to find people with the same name.
    name_index: Mapped[bytes | None]
    key_id: Mapped[str]
    household_id: Mapped[UUID | None] = mapped_column(ForeignKey(Household.id, name="account_household_fkey"))
    # The account of the same person that stayed when two were merged (gateway.accounts.merging). This one is disabled.
    merged_into: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(server_default="zh-CN")
    password_hash: Mapped[str | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    # `contact_due`: the phone number has not been sent to notify yet. `contact_taken_at`: a gateway has leased the account to
    # send it (gateway.accounts.contact_points).
    contact_due: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_taken_at: Mapped[datetime | None]
    # The account belongs to sample data, so its password is public. gateway.accounts.admission decides whether it may be used.
    sample: Mapped[bool] = mapped_column("demo", server_default=text("false"))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    # Where a member of staff works: in `communities` (ids of the directory), or in the whole district. If neither is set, in
    # `community_id`. The ids have no foreign key because an array cannot have one; the directory never deletes a community.
    communities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    whole_district: Mapped[bool] = mapped_column(server_default=text("false"))
    # Codes of the directory's departments to which a handler belongs.
    departments: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    # When services last heard what this member of staff does, and where. It is None if they never did (see announcing).
    work_told_at: Mapped[datetime | None]
    grants: Mapped[list["RoleGrant"]] = relationship(lazy="selectin", cascade="all, delete-orphan", order_by="RoleGrant.role")

    @property
    def session_length(self) -> timedelta:
        return STAFF_SESSION if self.party == "staff" else RESIDENT_SESSION

    @property
    def longest_session(self) -> timedelta:
        return LONGEST_STAFF_SESSION if self.party == "staff" else LONGEST_RESIDENT_SESSION

    @property
    def is_kept_by_staff(self) -> bool:
        """Whether staff may change who this resident is: they added the account, and its owner has never signed in."""
        return self.made_by is not None and self.claimed_at is None

    @property
    def totp_enabled(self) -> bool:
        return self.totp_confirmed_at is not None

    def remove_totp(self) -> None:
        """End the use of the authenticator."""
        self.totp_secret = self.totp_confirmed_at = self.totp_last_step = None

    @property
    def state(self) -> str:
        """Of a member of staff: one of STATES."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.password_hash else "invited"

    @property
    def roles(self) -> list[str]:
        return [grant.role for grant in self.grants]

    @property
    def reach(self) -> Communities:
        """The communities in which a member of staff works."""
        return DISTRICT if self.whole_district else Communities.only(*(self.communities or [self.community_id]))

    @property
    def grids(self) -> list[str]:
        """The grids that a grid worker is responsible for."""
        return sorted({grid for grant in self.grants for grid in grant.grids})


class AccountSearch(Base):
    """The search terms of a resident as keyed hashes (gateway.accounts.search), made with the key `key_id`. A trigger deletes
    the row when a name or a phone of the account changes. A resident without a row is indexed by the upkeep."""

    __tablename__ = "account_search"
    __table_args__ = (Index("account_search_terms", "terms", postgresql_using="gin"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    key_id: Mapped[str]
    terms: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class RoleGrant(Base):
    """A staff role of an account. `grids` are the grids that a grid worker is responsible for."""

    __tablename__ = "role_grant"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    grids: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    granted_at: Mapped[datetime]


class SignInSession(Base):
    """One signed-in client. Only the token's hash is stored, so nobody can sign in with a copy of the database."""

    __tablename__ = "session"
    __table_args__ = (
        Index("session_token_key", "token_hash", unique=True),
        Index("session_account", "account_id"),
        Index("session_expires", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    user_agent: Mapped[str | None]  # what the client said it is, at the sign-in
    # When the person last proved again in this session that the phone is theirs (gateway.accounts.proofs).
    proved_at: Mapped[datetime | None]


class Invitation(Base):
    """The link with which a member of staff chooses a password. `created_by` is None for `linli admin`."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index("invitation_token_key", "token_hash", unique=True),
        Index("invitation_account_key", "account_id", unique=True),
        Index("invitation_expires", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OneTimeCode(Base):
    """A sign-in code that was sent to a phone. It ends when any code of that phone is used, or when it expires. The client that
    asked for it (`client_index`, a keyed hash) has `tries_left`, all others together have `tries_elsewhere`."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("one_time_code_phone", "phone_index", "created_at"), Index("one_time_code_created", "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    phone_index: Mapped[bytes]
    code_hash: Mapped[bytes]
    tries_left: Mapped[int]
    tries_elsewhere: Mapped[int] = mapped_column(server_default=text("5"))
    client_index: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Reveal(Base):
    """A log entry: `account_id` saw `fields` of the accounts `subjects`, in the request `correlation_id` of `operation`.
    Entries are never changed. The table is partitioned by the time in `id`, in periods of four weeks."""

    __tablename__ = "reveal"
    __table_args__ = (
        Index("reveal_at", "community_id", "at"),
        Index("reveal_age", "at"),
        Index("reveal_subjects", "subjects", postgresql_using="gin"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    at: Mapped[datetime]
    account_id: Mapped[UUID]
    subjects: Mapped[list[Any]]
    fields: Mapped[list[Any]]
    operation: Mapped[str]
    correlation_id: Mapped[str]


class HomeMove(Base):
    """A resident has moved to another community. `moved_by` is the member of staff who did it; None: the resident."""

    __tablename__ = "home_move"
    __table_args__ = (Index("home_move_account", "account_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    from_community: Mapped[str]
    to_community: Mapped[str]
    moved_by: Mapped[UUID | None]
    moved_at: Mapped[datetime]
