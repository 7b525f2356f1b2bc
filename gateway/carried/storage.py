"""Keep a form that waits, read it, and take it away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from gateway.carried.models import LONGEST, MOST, WAITS_FOR, CarriedForm


def put(session: Session, content: str, now: datetime) -> UUID | None:
    """Keep `content` for WAITS_FOR. None if it is too long, or if MOST forms wait: visitors must not fill the disk. Requests at
    the same time may keep a few more."""
    waiting = select(func.count()).select_from(CarriedForm).where(CarriedForm.expires_at > now)
    if len(content) > LONGEST or (session.scalar(waiting) or 0) >= MOST:
        return None
    form = CarriedForm(content=content, expires_at=now + WAITS_FOR)
    session.add(form)
    session.flush()
    return form.id


def find(session: Session, form_id: UUID, now: datetime) -> str | None:
    """The content. None if it waits no longer."""
    return session.scalar(select(CarriedForm.content).where(CarriedForm.id == form_id, CarriedForm.expires_at > now))


def remove(session: Session, form_id: UUID) -> None:
    session.execute(delete(CarriedForm).where(CarriedForm.id == form_id))
