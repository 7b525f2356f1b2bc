"""Moves cases to the account that stays. Entries of the history are never changed; they say who acted then.
Only staff enter cases for others, and accounts of staff are not merged."""

from uuid import UUID

from sqlalchemy import update

from chassis.rpc.call import Call
from services.cases.cases.models import Case


def move(call: Call, goes: UUID, stays: UUID) -> None:
    """No case changes otherwise, so their versions stay, and nothing is announced."""
    call.session.execute(update(Case).where(Case.reporter_id == goes).values(reporter_id=stays))
