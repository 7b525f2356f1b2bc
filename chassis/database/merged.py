"""The list of merged accounts, which the database of every service has that keeps something about accounts.

A message that names the old account may come after the message about the merge. The list says to whom it belongs now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

# Two merges of a chain that are handled at once would not see each other.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('linli merged accounts', 0))")


class Merged:
    """The columns of the table. `account_id` was merged into `into`, which may have been merged into a third account."""

    __tablename__ = "merged_account"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    into: Mapped[UUID]
    merged_at: Mapped[datetime]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        return (Index("merged_account_at", "merged_at"),)


@dataclass(frozen=True, slots=True)
class Merges:
    """Remembers merges in the table of `model`, and follows them to the account that is used now."""

    model: type[Merged]

    def remember(self, session: Session, account_id: UUID, into: UUID, merged_at: datetime) -> UUID:
        """Store a merge, once. Returns the account at the end of the chain, in whatever order its messages came. Other merges
        wait until this transaction ends. `merged_at` is aware."""
        session.execute(_ONE_AT_A_TIME)
        row = {"account_id": account_id, "into": into, "merged_at": merged_at}
        session.execute(insert(self.model).values(row).on_conflict_do_nothing())
        return self.end_of_chain(session, into)

    def end_of_chain(self, session: Session, account_id: UUID) -> UUID:
        """The account into which `account_id` was merged in the end; itself if it was not."""
        seen = {account_id}
        while (into := self._into(session, account_id)) is not None:
            if into in seen:  # the gateway makes no circles
                break
            account_id = into
            seen.add(into)
        return account_id

    def merged_since(self, session: Session, moment: datetime) -> Sequence[UUID]:
        """The accounts that were merged after `moment` (aware)."""
        recent = select(self.model.account_id).where(self.model.merged_at > moment)
        return session.scalars(recent.order_by(self.model.account_id)).all()

    def merged_into(self, session: Session, account_id: UUID) -> Sequence[UUID]:
        """The accounts that were merged into this one, also through others, sorted."""
        found: list[UUID] = []
        level = [account_id]
        while level:
            into = select(self.model.account_id).where(self.model.into.in_(level), self.model.account_id.not_in(found))
            level = list(session.scalars(into))
            found += level
        return sorted(found)

    def forget(self, session: Session, account_id: UUID) -> None:
        session.execute(delete(self.model).where(self.model.account_id == account_id))

    def _into(self, session: Session, account_id: UUID) -> UUID | None:
        return session.scalar(select(self.model.into).where(self.model.account_id == account_id))
