"""The table of consents, and when one is needed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base

GIVEN_BY: Final = ("self", "guardian")
# Under this age a guardian must agree: 个人信息保护法, Art. 31.
OWN_CONSENT_FROM: Final = 14
# So long after a notice has changed, its earlier version is enough. Nobody is stopped in the middle of something.
GRACE: Final = timedelta(days=14)


class Consent(Base):
    """An account's consent to a version of a notice. `given_by` says who agreed: the resident, or their guardian.
    `recorded_by` is the member of staff whom they told so; None: they agreed on the site. Rows go with the account."""

    __tablename__ = "consent"
    __table_args__ = (
        ForeignKeyConstraint(["notice_community", "version"], ["privacy_notice.community_id", "privacy_notice.version"]),
        UniqueConstraint("account_id", "notice_community", "version", name="consent_once"),
        CheckConstraint("given_by IN ('self', 'guardian')", name="consent_given_by"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    notice_community: Mapped[str]
    version: Mapped[int]
    given_by: Mapped[str]
    recorded_by: Mapped[UUID | None]
    agreed_at: Mapped[datetime]


class WithdrawnConsent(Base):
    """A consent that no longer counts, with the fields of Consent. `withdrawal_recorded_by` is the member of staff whom the
    resident told; None: they withdrew it on the site. Rows go with the account."""

    __tablename__ = "withdrawn_consent"
    __table_args__ = (
        ForeignKeyConstraint(["notice_community", "version"], ["privacy_notice.community_id", "privacy_notice.version"]),
        CheckConstraint("given_by IN ('self', 'guardian')", name="withdrawn_consent_given_by"),
        CheckConstraint("withdrawn_at >= agreed_at", name="withdrawn_consent_times"),
        Index("withdrawn_consent_account", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    notice_community: Mapped[str]
    version: Mapped[int]
    given_by: Mapped[str]
    recorded_by: Mapped[UUID | None]
    agreed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime]
    withdrawal_recorded_by: Mapped[UUID | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A resident is asked to agree to `version` of the notice of `community_id`.

    `changed`: they agreed to an earlier version. `needed`: their account cannot be used before.
    """

    community_id: str
    version: int
    changed: bool
    needed: bool


def ask(community_id: str, version: int, since: datetime | None, agreed: int, now: datetime) -> Asked | None:
    """What a resident must be asked who has agreed to the version `agreed` (0: none) of the notice, if `version` (0: there is
    no notice) is in force since `since`. None: nothing."""
    if version == 0 or agreed >= version:
        return None
    late = since is None or now > since + GRACE
    return Asked(community_id, version, changed=agreed > 0, needed=agreed == 0 or late)


def surely_needs_guardian(birth_year: int | None, now: datetime) -> bool:
    """Whether somebody born in that year is under 14 today, whatever the day of their birth."""
    return birth_year is not None and now.year - birth_year < OWN_CONSENT_FROM
