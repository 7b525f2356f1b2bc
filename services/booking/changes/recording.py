"""Records a change in its own transaction."""

from collections.abc import Mapping
from typing import Any

from uuid_utils.compat import uuid7

from chassis.rpc.call import Call
from services.booking.access import account
from services.booking.changes.models import CalendarChange

State = Mapping[str, Any]


def record(
    call: Call,
    kind: str,
    subject_id: str,
    action: str,
    *,
    community_id: str,
    version: int = 1,
    before: State | None = None,
    after: State | None = None,
) -> None:
    """Record a change by the caller. Of two states only the fields that differ are kept. If none differs, nothing is recorded.
    Raises Unauthenticated."""
    if before is not None and after is not None:
        changed = [name for name in after if after[name] != before.get(name)]
        if not changed:
            return
        before, after = {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
    call.session.add(
        CalendarChange(
            id=uuid7(),
            community_id=community_id,
            at=call.now,
            actor_id=account(call.acting),
            kind=kind,
            subject_id=subject_id,
            version=version,
            action=action,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
        )
    )
