"""The consents of two accounts that become one."""

from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from gateway.consents.models import Consent, WithdrawnConsent

_KEPT: Final = ("notice_community", "version", "given_by", "recorded_by", "agreed_at")


def join(session: Session, stays: UUID, goes: UUID) -> None:
    """Give `stays` the consents of `goes`, those that count and those that were taken back. Who takes back a consent takes back
    all that they gave until then. So a consent of one account does not outlive a later withdrawal on the other. The caller has
    locked both accounts."""
    session.execute(update(WithdrawnConsent).where(WithdrawnConsent.account_id == goes).values(account_id=stays))
    last = session.scalars(
        select(WithdrawnConsent)
        .where(WithdrawnConsent.account_id == stays)
        .order_by(WithdrawnConsent.withdrawn_at.desc(), WithdrawnConsent.id.desc())
        .limit(1)
    ).first()
    if last is not None:
        _take_back(session, stays, goes, last)
    agreed = select(func.gen_random_uuid(), literal(stays), *(getattr(Consent, name) for name in _KEPT))
    moved = insert(Consent).from_select(["id", "account_id", *_KEPT], agreed.where(Consent.account_id == goes))
    session.execute(moved.on_conflict_do_nothing())
    session.execute(delete(Consent).where(Consent.account_id == goes))


def _take_back(session: Session, stays: UUID, goes: UUID, withdrawal: WithdrawnConsent) -> None:
    until = (Consent.account_id.in_((stays, goes)), Consent.agreed_at <= withdrawal.withdrawn_at)
    for one in session.scalars(select(Consent).where(*until)):
        session.add(
            WithdrawnConsent(
                id=uuid7(),
                account_id=stays,
                **{name: getattr(one, name) for name in _KEPT},
                withdrawn_at=withdrawal.withdrawn_at,
                withdrawal_recorded_by=withdrawal.withdrawal_recorded_by,
            )
        )
    session.flush()
    session.execute(delete(Consent).where(*until))
