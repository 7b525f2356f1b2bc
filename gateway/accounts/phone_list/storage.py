"""Selects of phones of residents."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.accounts.models import Account
from gateway.accounts.phone_list.models import SIGN_IN, ResidentPhone

_KEYS = frozenset({"account_phone_key", "resident_phone_sign_in_key"})


def of_account(session: Session, account_id: UUID) -> list[ResidentPhone]:
    """All phones of one account: those to sign in with first, the main one of each use first. Read anew, because triggers
    change them."""
    return of_accounts(session, [account_id]).get(account_id, [])


def of_accounts(session: Session, account_ids: Iterable[UUID]) -> dict[UUID, list[ResidentPhone]]:
    """The same for several accounts, in one query. Accounts without phones are missing."""
    session.flush()
    statement = (
        select(ResidentPhone)
        .where(ResidentPhone.account_id.in_(set(account_ids)))
        .order_by(ResidentPhone.use.desc(), ResidentPhone.main.desc(), ResidentPhone.added_at, ResidentPhone.id)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[ResidentPhone]] = {}
    for phone in session.scalars(statement):
        found.setdefault(phone.account_id, []).append(phone)
    return found


def signs_in(indexes: Sequence[bytes]) -> ColumnElement[bool]:
    """An SQL condition on Account: one of these phones is one of its sign-in phones."""
    return _has(indexes, ResidentPhone.use == SIGN_IN)


def is_reached(indexes: Sequence[bytes]) -> ColumnElement[bool]:
    """An SQL condition on Account: one of these phones is in its list."""
    return _has(indexes)


def _has(indexes: Sequence[bytes], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    # A set of ids, so that PostgreSQL begins with the index of the phones.
    owners = select(ResidentPhone.account_id).where(ResidentPhone.phone_index.in_(indexes), *conditions)
    return Account.id.in_(owners)


def find_sign_in(session: Session, indexes: Sequence[bytes]) -> ResidentPhone | None:
    """The phone with one of these hashes, of the account that signs in with it."""
    statement = select(ResidentPhone).where(ResidentPhone.phone_index.in_(indexes), ResidentPhone.use == SIGN_IN)
    return session.scalar(statement.execution_options(populate_existing=True))


def indexes_of(session: Session, account_id: UUID) -> Sequence[bytes]:
    """The stored hashes of the sign-in phones of an account."""
    own = (ResidentPhone.account_id == account_id, ResidentPhone.use == SIGN_IN)
    return session.scalars(select(ResidentPhone.phone_index).where(*own)).all()


def drop_other(session: Session, account: Account, use: str, indexes: Sequence[bytes]) -> None:
    """Delete a phone that becomes the main one of the account, if it is there as another one, also under an older key. The
    trigger knows the newest only. A new account, which is not stored yet, has no phones: an import adds thousands."""
    if inspect(account).persistent:
        own = (ResidentPhone.account_id == account.id, ResidentPhone.use == use, ~ResidentPhone.main)
        session.execute(delete(ResidentPhone).where(*own, ResidentPhone.phone_index.in_(indexes)))


def is_in_use(error: IntegrityError) -> bool:
    """Whether the database refused a phone because another account signs in with it."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None) in _KEYS
