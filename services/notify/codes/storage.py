"""Locks of code allowances."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.codes.models import CodeAllowance


def lock_allowance(session: Session, phone_index: str, now: datetime) -> CodeAllowance:
    """The allowance, locked until the transaction ends. It is inserted if it is missing."""
    row = {"phone_index": phone_index, "requested_at": [], "last_requested_at": now}
    session.execute(insert(CodeAllowance).values(row).on_conflict_do_nothing())
    statement = select(CodeAllowance).where(CodeAllowance.phone_index == phone_index).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()
