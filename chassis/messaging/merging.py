"""The merge of two accounts in one service: what the service is told, and when its rows move.

A service that keeps something about accounts subscribes to the message that an account was merged. In the transaction of the
receipt it moves its rows to the account that stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from marshmallow import EXCLUDE, Schema, fields

from chassis.database import erased
from chassis.database.merged import Merges
from chassis.rpc.call import Call

# A request that was on its way during the merge may still have named the old account.
LATE = timedelta(days=1)


class AccountMergedRead(Schema):
    """A tolerant reader of the message that an account was merged."""

    class Meta:
        unknown = EXCLUDE

    account_id = fields.UUID(required=True)
    into = fields.UUID(required=True)
    merged_at = fields.AwareDateTime(required=True)


@dataclass(frozen=True, slots=True)
class Merging:
    """`move(call, goes, stays)` moves the service's rows from one account to another. `erase(call, account_id)` erases them.
    `lock(call, account_ids)` locks what both will lock, when one transaction does it for several accounts: otherwise it would
    lock the rows of the first account, then those of the second, which no other transaction does in that order."""

    merges: Merges
    move: Callable[[Call, UUID, UUID], object]
    erase: Callable[[Call, UUID], object]
    lock: Callable[[Call, Sequence[UUID]], object] = lambda call, account_ids: None

    def account_merged(self, call: Call, *, account_id: UUID, into: UUID, merged_at: datetime) -> None:
        """`merged_at` is aware. A repetition changes nothing."""
        self._move(call, account_id, self.merges.remember(call.session, account_id, into, merged_at))

    def move_what_came_late(self, call: Call) -> None:
        """Move again what was written for accounts that were merged within the last day."""
        merged = self.merges.merged_since(call.session, call.now - LATE)
        self.lock(call, merged)
        for account_id in merged:
            self._move(call, account_id, self.merges.end_of_chain(call.session, account_id))

    def erase_merged(self, call: Call, account_id: UUID) -> None:
        """An account is erased: so are those that were merged into it, and what is remembered of these merges."""
        found = self.merges.merged_into(call.session, account_id)
        if found:
            self.lock(call, sorted([*found, account_id]))  # who calls this erases the account itself next
        for merged in found:
            self._erase(call, merged)

    def _move(self, call: Call, goes: UUID, stays: UUID) -> None:
        if erased.is_erased(call.session, stays):  # what comes now belongs to a person who was erased
            self._erase(call, goes)
        else:
            self.move(call, goes, stays)

    def _erase(self, call: Call, merged: UUID) -> None:
        self.erase(call, merged)
        self.merges.forget(call.session, merged)
