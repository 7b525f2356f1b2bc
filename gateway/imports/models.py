"""The table of imports that were checked. A committed one is kept until it expires, without its rows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gateway.database import Base

KINDS = ("residents", "staff", "grids", "communities")
OUTCOMES = ("new", "changed", "unchanged", "error")
KEPT = timedelta(days=1)


class ImportDraft(Base):
    """A file that `account_id` has sent. `rows` and `outcomes` are encrypted, because they have names and phone numbers.
    `digest` identifies what was shown: the outcome of each row. `counts` has the number of rows of each outcome."""

    __tablename__ = "import_draft"
    __table_args__ = (
        Index("import_draft_expires", "expires_at"),
        Index("import_draft_of_account", "account_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_id: Mapped[str]
    account_id: Mapped[UUID]
    kind: Mapped[str]
    rows: Mapped[bytes | None]
    outcomes: Mapped[bytes | None]
    digest: Mapped[str]
    counts: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
