"""The list of erased accounts, which every database has.

A restore from an older dump brings the rows of an erased account back. The list says which accounts must be erased again
(`linli restored`). It holds a hash of the id and the time, so it does not name the account.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis.database import tables

_list = tables.erased_account.c


def hash_of(account_id: UUID) -> bytes:
    """The hash by which the list knows the account. PostgreSQL computes the same: sha256(uuid_send(id))."""
    return hashlib.sha256(account_id.bytes).digest()


def remember(session: Session, account_id: UUID, at: datetime) -> None:
    """Put the account on the list. A second time changes nothing. `at` is aware."""
    row = {"hash": hash_of(account_id), "at": at}
    session.execute(insert(tables.erased_account).values(row).on_conflict_do_nothing())


def is_erased(session: Session, account_id: UUID) -> bool:
    return session.scalar(select(_list.at).where(_list.hash == hash_of(account_id))) is not None


def list_all(session: Session) -> dict[bytes, datetime]:
    """The whole list: hash and time."""
    return {row.hash: row.at for row in session.execute(select(_list.hash, _list.at).order_by(_list.at))}


def add_all(session: Session, known: Mapping[bytes, datetime]) -> None:
    """Put the accounts of another list on this one. Those that are there already stay."""
    rows = [{"hash": hash_, "at": at} for hash_, at in known.items()]
    if rows:
        session.execute(insert(tables.erased_account).on_conflict_do_nothing(), rows)


def on_the_list(account_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The condition that the account in this column is on the list."""
    return func.sha256(func.uuid_send(account_id)).in_(select(_list.hash))


def forget_answers(session: Session, account_id: UUID) -> None:
    """Delete the stored answers of the account's commands (chassis.rpc.idempotency). They may hold what it wrote."""
    session.execute(tables.idempotency.delete().where(tables.idempotency.c.scope == str(account_id)))
