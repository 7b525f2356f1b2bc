"""Selects of the codes that verify an address."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notify.contact_points.models import AddressCode


def list_valid_codes(session: Session, contact_point_id: UUID, now: datetime) -> Sequence[AddressCode]:
    """The codes that have neither expired nor run out of tries. The caller has locked the recipient, so two requests cannot
    use the same try."""
    statement = select(AddressCode).where(
        AddressCode.contact_point_id == contact_point_id, AddressCode.expires_at > now, AddressCode.tries_left > 0
    )
    return session.scalars(statement.order_by(AddressCode.id)).all()
