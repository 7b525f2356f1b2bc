"""Copies of the gateway's substitutions: who is told what a colleague on leave would be told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.recipients.models import Substitution


def keep(session: Session, *, substitution_id: UUID, ended_because: str | None = None, **values: Any) -> None:
    """Store a copy, unless a newer one is stored. `values` are the other columns of Substitution. Why it has ended is not
    stored."""
    new = insert(Substitution).values(id=substitution_id, **values)
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Substitution.id],
            set_={column: new.excluded[column] for column in values},
            where=Substitution.version <= new.excluded.version,
        )
    )


def substitute_of(session: Session, account_id: UUID, now: datetime) -> UUID | None:
    """Who does the work of the account now. None if the person is not on leave."""
    running = (Substitution.starts_at <= now, Substitution.ends_at > now)
    return session.scalar(select(Substitution.substitute_id).where(Substitution.account_id == account_id, *running).limit(1))
