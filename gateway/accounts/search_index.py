"""The search index of residents: keyed hashes of their terms, because names and phones are encrypted.

The index follows the account and its list of phones by itself: a change of a name or a phone in a session of `AccountCall`
writes the new terms in the same transaction. Triggers remove the terms after every other change, so an old name never finds
anybody. The upkeep indexes accounts that have no terms, or terms of an older key.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapper, Session, attributes, object_session

from chassis.database.engine import transaction
from gateway.accounts.models import Account, AccountSearch
from gateway.accounts.personal import PersonalFields
from gateway.accounts.phone_list.models import ResidentPhone
from gateway.accounts.search_terms import terms_of

BATCH = 500  # accounts of one transaction
BATCHES = 20  # of one round of the upkeep
_INDEXED = ("name", "phone", "contact_phone")
_NEW = "search_index.new"
_INSERT = insert(AccountSearch)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["account_id"], set_={"key_id": _INSERT.excluded.key_id, "terms": _INSERT.excluded.terms}
)


def follow(session: Session, personal: PersonalFields) -> None:
    """From now on, `session` writes the terms of the residents that it changes."""
    session.info[PersonalFields] = personal


def index_missing(engine: Engine, personal: PersonalFields) -> bool:
    """Index accounts without terms of the newest key, BATCHES batches at most, each in a transaction of its own. Returns True
    if there may be more."""
    last: UUID | None = None
    for _ in range(BATCHES):
        with transaction(engine) as session:
            last = _index_batch(session, personal, last)
        if last is None:
            return False
    return True


def _index_batch(session: Session, personal: PersonalFields, after: UUID | None) -> UUID | None:
    """Index up to BATCH accounts whose id is larger than `after`. Returns the id of the last one, or None if no more follow.
    Accounts that somebody changes at this moment are left to the next round."""
    current = select(AccountSearch.account_id).where(
        AccountSearch.account_id == Account.id, AccountSearch.key_id == personal.key_id
    )
    due = (
        select(Account.id, Account.name)
        .where(Account.party == "resident", ~current.exists())
        .order_by(Account.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(due if after is None else due.where(Account.id > after)).all()
    phones: dict[UUID, list[bytes]] = {}
    of_batch = ResidentPhone.account_id.in_([row.id for row in rows])
    for account_id, phone in session.execute(select(ResidentPhone.account_id, ResidentPhone.phone).where(of_batch)):
        phones.setdefault(account_id, []).append(phone)
    if rows:
        new = [_row(row.id, row.name, phones.get(row.id, ()), personal) for row in rows]
        session.connection().execute(_PUT, new)
    return rows[-1].id if len(rows) == BATCH else None


def _follow_new(_mapper: Mapper[Any], _connection: Connection, account: Account) -> None:
    """Remember a new resident, whose terms are written at the end of the flush: an import flushes many at once."""
    if _keys_of(account) is not None and account.party == "resident":
        session = object_session(account)
        assert session is not None  # noqa: S101 - it is being flushed
        session.info.setdefault(_NEW, []).append(account)


def _index_new(session: Session, _context: Any) -> None:
    """Write the terms of the new residents of this flush. Their only phones are those of the account."""
    new: list[Account] = session.info.pop(_NEW, [])
    if not new:
        return
    personal: PersonalFields = session.info[PersonalFields]
    rows = [_row(one.id, one.name, [phone for phone in (one.phone, one.contact_phone) if phone], personal) for one in new]
    session.connection().execute(_PUT, rows)


def _follow(_mapper: Mapper[Any], connection: Connection, account: Account) -> None:
    """Write the terms of a resident whose name or main phone was changed by a session that knows the keys."""
    personal = _keys_of(account)
    if personal is None or account.party != "resident":
        return
    if any(attributes.get_history(account, name).has_changes() for name in _INDEXED):
        connection.execute(_PUT, _row(account.id, account.name, _phones_of(connection, account.id), personal))


def _follow_phone(_mapper: Mapper[Any], connection: Connection, phone: ResidentPhone) -> None:
    """Write the terms of a resident with another phone."""
    if attributes.get_history(phone, "phone").has_changes():
        _put_anew(_mapper, connection, phone)


def _put_anew(_mapper: Mapper[Any], connection: Connection, phone: ResidentPhone) -> None:
    """Write the terms of a resident after a change of the list of phones."""
    if (personal := _keys_of(phone)) is None:
        return
    account_id = phone.account_id
    known = connection.execute(select(Account.name).where(Account.id == account_id)).first()
    if known is not None:
        connection.execute(_PUT, _row(account_id, known.name, _phones_of(connection, account_id), personal))


event.listen(Account, "after_insert", _follow_new)
event.listen(Session, "after_flush", _index_new)
event.listen(Account, "after_update", _follow)
for _change in ("after_insert", "after_update"):
    event.listen(ResidentPhone, _change, _follow_phone)
event.listen(ResidentPhone, "after_delete", _put_anew)


def _keys_of(changed: object) -> PersonalFields | None:
    session = object_session(changed)
    personal: PersonalFields | None = session.info.get(PersonalFields) if session is not None else None
    return personal


def _phones_of(connection: Connection, account_id: UUID) -> Sequence[bytes]:
    return connection.scalars(select(ResidentPhone.phone).where(ResidentPhone.account_id == account_id)).all()


def _row(account_id: UUID, name: bytes | None, phones: Iterable[bytes], personal: PersonalFields) -> dict[str, Any]:
    """The terms of a resident with these encrypted fields, as _PUT stores them."""
    terms = terms_of(personal.open(name) if name else None, map(personal.open, phones))
    hashes = [_number(personal.index(term)) for term in terms]
    return {"account_id": account_id, "key_id": personal.key_id, "terms": hashes}


def hashes_of_keys(personal: PersonalFields, terms: Sequence[str]) -> list[list[int]]:
    """The hashes of all terms, once for each key."""
    by_term = [[_number(index) for index in personal.indexes(term)] for term in terms]
    return [list(of_key) for of_key in zip(*by_term, strict=True)]


def _number(index: bytes) -> int:
    """The first 8 bytes of a keyed hash: half as large in the index as the whole, and still unique in practice."""
    return int.from_bytes(index[:8], signed=True)
