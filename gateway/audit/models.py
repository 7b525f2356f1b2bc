"""The table of the audit log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base

KINDS = (
    *("staff", "system", "api_key", "sub_district", "community", "grid", "live_setting", "resident", "department"),
    *("substitution", "import", "household", "space"),
)
ACTIONS = (
    *("created", "changed", "invited", "accepted", "password_set", "disabled", "enabled", "replaced", "revoked", "imported"),
    *("erasure_requested", "erasure_kept", "erased", "consent_withdrawn", "ended", "factors_reset"),
    *("factor_added", "factor_replaced", "factor_removed"),
    *("member_added", "member_removed", "guardian_added", "guardian_removed", "merged"),
)


class AuditEntry(Base):
    """One change. Rows are only added; a trigger refuses to change or delete them, except for gateway.audit.upkeep.

    `actor_id` is None for commands of operators. `kind` and `subject_id` say what was changed. `label` names it for people; it
    is never the name of a person. `communities` are those of the subject before and after; None: the whole district. `version`
    is that of the subject after the change. `before` and `after` have the changed fields, without secrets and names of people.
    `before` is None for something new.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_entry_subject", "kind", "subject_id", "id"),
        Index("audit_entry_actor", "actor_id", "id"),
        Index("audit_entry_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_party: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[str]
    label: Mapped[str]
    action: Mapped[str]
    communities: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    version: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    correlation_id: Mapped[str]
