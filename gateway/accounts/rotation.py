"""Encrypts and indexes personal fields again with the newest keys, so that an old key can be removed from
LINLI_ENCRYPTION_KEYS or LINLI_INDEX_KEYS.

It works in batches, each in a transaction of its own. What is done is in the rows (`Account.key_id`), so it can be interrupted
at any time. Meanwhile lookups try all keys (`PersonalFields.indexes`).
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import Engine, and_, or_, select
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from gateway.accounts import name_index, search_index
from gateway.accounts.families.models import Household
from gateway.accounts.models import Account
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list.models import ResidentPhone

BATCH = 200


def _index_phone(account: Account, personal: PersonalFields) -> None:
    if account.phone is not None:
        account.phone_index = personal.index(personal.open(account.phone))


def _index_contact_phone(account: Account, personal: PersonalFields) -> None:
    if account.contact_phone is not None:
        account.contact_phone_index = personal.index(personal.open(account.contact_phone))


def _index_name(account: Account, personal: PersonalFields) -> None:
    if account.name is not None and account.party == "resident":
        account.name_index = name_index.of(personal, personal.open(account.name))


# One function per look-up index. Each computes the index of an account with the newest index key.
INDEXES: tuple[Callable[[Account, PersonalFields], None], ...] = (_index_phone, _index_contact_phone, _index_name)
SEALED = ("phone", "contact_phone", "name", "totp_secret")


def batches(engine: Engine, personal: PersonalFields, limit: int = BATCH) -> Iterator[int]:
    """Renew all accounts, phones and households of older keys. Yields the number of each batch. A row that another transaction
    has locked is left for the next run."""
    after: UUID | None = None
    while True:
        with transaction(engine) as session:
            renewed = _renew_batch(session, personal, limit, after)
        if not renewed:
            break
        after = renewed[-1]
        yield len(renewed)
    for renew_rest in (_renew_phones, _renew_households):
        while True:
            with transaction(engine) as session:
                count = renew_rest(session, personal, limit)
            if not count:
                break
            yield count


def renew(session: Session, personal: PersonalFields, limit: int = BATCH) -> int:
    """Renew up to `limit` accounts, phones and households of older keys. Returns their number. 0 means that none is left."""
    count = len(_renew_batch(session, personal, limit, None))
    count += _renew_phones(session, personal, limit - count)
    return count + _renew_households(session, personal, limit - count)


def _renew_batch(session: Session, personal: PersonalFields, limit: int, after: UUID | None) -> list[UUID]:
    """Renew the next accounts after the id `after`. Returns their ids, in order."""
    search_index.follow(session, personal)
    # Accounts of earlier releases have no hash of their name.
    unindexed = and_(Account.party == "resident", Account.name.is_not(None), Account.name_index.is_(None))
    stale = select(Account).where(or_(Account.key_id != personal.key_id, unindexed)).order_by(Account.id).limit(limit)
    if after is not None:
        stale = stale.where(Account.id > after)
    accounts = session.scalars(stale.with_for_update(skip_locked=True)).all()
    for account in accounts:
        for index in INDEXES:
            index(account, personal)
        for field in SEALED:
            if (sealed := getattr(account, field)) is not None:
                setattr(account, field, personal.renew(sealed))
        account.key_id = personal.key_id
    session.flush()
    return [account.id for account in accounts]


def _renew_phones(session: Session, personal: PersonalFields, limit: int) -> int:
    """Those that are not the main ones. A trigger renews the main ones with their accounts."""
    search_index.follow(session, personal)
    due = select(ResidentPhone).where(ResidentPhone.key_id != personal.key_id, ~ResidentPhone.main)
    stale = session.scalars(due.limit(limit).with_for_update(skip_locked=True)).all() if limit > 0 else []
    for phone in stale:
        phone.phone_index = personal.index(personal.open(phone.phone))
        phone.phone, phone.key_id = personal.renew(phone.phone), personal.key_id
    session.flush()
    return len(stale)


def _renew_households(session: Session, personal: PersonalFields, limit: int) -> int:
    due = select(Household).where(Household.key_id != personal.key_id).limit(limit).with_for_update(skip_locked=True)
    stale = session.scalars(due).all() if limit else []
    for household in stale:
        household.address = personal.renew(household.address) if household.address else None
        household.key_id = personal.key_id
    session.flush()
    return len(stale)
