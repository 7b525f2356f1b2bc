"""The people that staff may name in a request: a resident for whom they act, or a person who handles a case.

Services store account ids but do not know the accounts. With a wrong id they would book for nobody, or dispatch a case to
nobody, and nobody would notice. The gateway decides who may be named in a request. The service decides what may be done for
them.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from chassis.database.communities import within
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.reach import works_within

HANDLERS = ("handler", "mediator")
UNKNOWN_RESIDENT = Rule("unknown_resident", "No resident of this community has this id.", "本社区没有这位居民。")
HANDLER_ELSEWHERE = Rule(
    "handler_elsewhere", "This person does not work in the community of the case.", "此人不在该事项所属的社区工作。"
)
UNKNOWN_COLLEAGUE = Rule(
    "unknown_colleague", "Somebody named here does not work in this community.", "其中有人不在本社区工作。"
)
UNKNOWN_HANDLER = Rule("unknown_handler", "Nobody in this community handles cases under this id.", "本社区没有这位承办人。")


def check(accounts: Accounts, *, resident_id: object = None, handlers: Mapping[str, object] = MappingProxyType({})) -> None:
    """Raises InvalidField if staff name somebody who is not a resident of their community, or who does not handle cases there.
    `handlers` are the ids by the names of their fields. One query per id.

    Only requests of staff are checked. The services refuse such ids from all other callers, so those learn nothing about which
    ids exist.
    """
    if accounts.acting.party != "staff":
        return
    if resident_id is not None and str(resident_id) != accounts.acting.account_id:
        with accounts.reading() as call:
            if not _fits(call, resident_id, is_resident(call)):
                raise InvalidField(UNKNOWN_RESIDENT, "resident_id")
    for field, handler_id in handlers.items():
        if handler_id is not None:
            with accounts.reading() as call:
                if not _fits(call, handler_id, is_handler(call)):
                    raise InvalidField(UNKNOWN_HANDLER, field)


def community_of_resident(accounts: Accounts, resident_id: object, *, right: str) -> str:
    """The id of the community of a resident for whom another system acts with `right`. Raises InvalidField unless this is a
    resident of a community in which the system has the right, with an account that may be used."""
    reach = accounts.acting.reach_of(right)
    with accounts.reading() as call:
        there = and_(Account.party == "resident", within(Account.community_id, reach), call.admission.condition())
        found = call.session.scalar(select(Account.community_id).where(Account.id == _id_of(resident_id), there))
    if found is None:
        raise InvalidField(UNKNOWN_RESIDENT, "resident_id")
    return found


def check_works_in(accounts: Accounts, handlers: Mapping[str, object], community_id: str) -> None:
    """Raises InvalidField if one of `handlers`, which `check` has accepted, does not work in the community of the case."""
    for field, handler_id in handlers.items():
        if handler_id is not None:
            with accounts.reading() as call:
                there = works_within(Communities.only(community_id))
                if not _fits(call, handler_id, and_(is_handler(call), there)):
                    raise InvalidField(HANDLER_ELSEWHERE, field)


def check_work_in(accounts: Accounts, account_ids: Collection[object], community_id: str, *, field: str) -> None:
    """Raises InvalidField unless all of them are staff within reach who work in the community. One query."""
    ids = {_id_of(value) for value in account_ids}
    with accounts.reading() as call:
        there = works_within(Communities.only(community_id))
        found = select(func.count()).where(Account.id.in_(ids - {None}), Account.party == "staff", within_reach(call), there)
        if call.session.scalar(found) != len(ids):
            raise InvalidField(UNKNOWN_COLLEAGUE, field)


def within_reach(call: AccountCall) -> ColumnElement[bool]:
    """Accounts that may be used: residents of the communities in which the acting account works, and staff who work in one of
    them."""
    reach = call.acting.reach
    resident = and_(Account.party == "resident", within(Account.community_id, reach))
    return and_(call.admission.condition(), or_(resident, and_(Account.party == "staff", works_within(reach))))


def is_resident(call: AccountCall) -> ColumnElement[bool]:
    """Residents within reach."""
    return and_(Account.party == "resident", within_reach(call))


def is_handler(call: AccountCall) -> ColumnElement[bool]:
    """Staff within reach who handle cases."""
    return and_(Account.party == "staff", Account.grants.any(RoleGrant.role.in_(HANDLERS)), within_reach(call))


def _fits(call: AccountCall, value: object, condition: ColumnElement[bool]) -> bool:
    """True if `value` is the id of an account that meets the condition. A form may send any text as an id."""
    if (account_id := _id_of(value)) is None:
        return False
    return bool(call.session.scalar(select(exists().where(Account.id == account_id, condition))))


def _id_of(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
