"""People whom staff may name in a request: a resident whom they act for, a person who is to handle a case.

Services store ids without knowing whose they are. A wrong id would book for nobody, or dispatch a case to nobody, and
nobody would notice. The gateway decides whom a request may name; the service decides what may be done for them.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.accounts.call import AccountCall, Accounts
from gateway.accounts.models import Account, RoleGrant

HANDLERS = ("handler", "mediator")
UNKNOWN_RESIDENT = Rule("unknown_resident", "No resident of this community has this id.", "本社区没有这位居民。")
UNKNOWN_HANDLER = Rule("unknown_handler", "Nobody in this community handles cases under this id.", "本社区没有这位承办人。")


def check(accounts: Accounts, *, resident_id: object = None, handler_id: object = None) -> None:
    """Raises Invalid, naming the field, where staff name a resident who is none of their community, or a handler who
    handles no cases there. One query for each id, and none where both are None.

    Only staff are checked. The services let nobody else name people, so other callers learn nothing about which ids exist.
    """
    if accounts.acting.party != "staff":
        return
    if resident_id is not None and str(resident_id) != accounts.acting.account_id:
        with accounts.reading() as call:
            if not _fits(call, resident_id, is_resident(call)):
                raise InvalidField(UNKNOWN_RESIDENT, "resident_id")
    if handler_id is not None:
        with accounts.reading() as call:
            if not _fits(call, handler_id, is_handler(call)):
                raise InvalidField(UNKNOWN_HANDLER, "handler_id")


def within_reach(call: AccountCall) -> ColumnElement[bool]:
    """Accounts that may be used, in the community of the acting account; in all communities if it belongs to none."""
    admitted, community_id = call.admission.condition(), call.acting.community_id
    return admitted if community_id is None else and_(admitted, Account.community_id == community_id)


def is_resident(call: AccountCall) -> ColumnElement[bool]:
    """Residents within reach."""
    return and_(Account.party == "resident", within_reach(call))


def is_handler(call: AccountCall) -> ColumnElement[bool]:
    """Staff within reach who handle cases."""
    return and_(Account.party == "staff", Account.grants.any(RoleGrant.role.in_(HANDLERS)), within_reach(call))


def _fits(call: AccountCall, value: object, condition: ColumnElement[bool]) -> bool:
    """Whether `value` is the id of an account that meets the condition. A form may send anything as an id."""
    try:
        account_id = UUID(str(value))
    except ValueError:
        return False
    return bool(call.session.scalar(select(exists().where(Account.id == account_id, condition))))
