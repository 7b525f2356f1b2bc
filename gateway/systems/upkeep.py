"""Encrypts the contacts of systems with the newest key, so that an old key can be removed from LINLI_ENCRYPTION_KEYS."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.accounts.personal import PersonalFields
from gateway.systems.models import System


def renew(session: Session, personal: PersonalFields, limit: int = 200) -> int:
    """Encrypt up to `limit` contacts of older keys again. Returns their number. 0 means that none is left."""
    of_older_key = (System.contact.is_not(None), System.key_id != personal.key_id)
    stale = session.scalars(select(System).where(*of_older_key).limit(limit).with_for_update(skip_locked=True)).all()
    for system in stale:
        if system.contact is not None:
            system.contact, system.key_id = personal.renew(system.contact), personal.key_id
    session.flush()
    return len(stale)
