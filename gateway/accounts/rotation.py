"""Encrypts personal fields with the newest key, so that an old key can be removed from LINLI_ENCRYPTION_KEYS."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields


def renew(session: Session, personal: PersonalFields, limit: int = 200) -> int:
    """Encrypt and index up to `limit` accounts of older keys again. Returns their number. 0 means that none is left."""
    stale = session.scalars(
        select(Account).where(Account.key_id != personal.key_id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    for account in stale:
        if account.phone is not None:
            account.phone_index = personal.index(personal.open(account.phone))
            account.phone = personal.renew(account.phone)
        if account.contact_phone is not None:
            account.contact_phone_index = personal.index(personal.open(account.contact_phone))
            account.contact_phone = personal.renew(account.contact_phone)
        if account.name is not None:
            account.name = personal.renew(account.name)
        if account.totp_secret is not None:
            account.totp_secret = personal.renew(account.totp_secret)
        account.key_id = personal.key_id
    session.flush()
    return len(stale)
