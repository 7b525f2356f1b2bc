"""Staff as lists and one by one, within the reach of the acting account."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, select

from chassis.database.pagination import Page, page
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import names, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, RoleGrant
from gateway.accounts.reach import works_within
from gateway.factors.kinds import HAS_ANY
from gateway.offload import offload

MOST_NAMED = 200  # staff of one community to choose from
MOST_SEARCHED = 5_000
TOO_MANY_TO_SEARCH = Rule(
    "too_many_to_search", "There are too many staff to search. Choose a community first.", "人员太多，请先选择社区。"
)
_IN_STATE: dict[str, ColumnElement[bool]] = {
    "active": and_(Account.disabled_at.is_(None), Account.password_hash.is_not(None)),
    "invited": and_(Account.disabled_at.is_(None), Account.password_hash.is_(None)),
    "disabled": Account.disabled_at.is_not(None),
}


def list_staff(
    call: AccountCall,
    *,
    role: str | None = None,
    community_id: str | None = None,
    department: str | None = None,
    state: str | None = None,
    second_factor: str | None = None,
    q: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Account]:
    """Staff who work in one of the acting account's communities, sorted by username, also those who are switched off. With
    `community_id`, those who work there; with `department` (its code), its handlers. `q` is a part of the
    username or of the name. `second_factor`: "with" or "without"."""
    statement = _staff(call).where(Account.username.is_not(None))
    if role is not None:
        statement = statement.where(Account.grants.any(RoleGrant.role == role))
    if community_id is not None:
        statement = statement.where(works_within(Communities.only(community_id)))
    if department is not None:
        statement = statement.where(Account.departments.contains([department]))
    if state is not None:
        statement = statement.where(_IN_STATE[state])
    if second_factor is not None:
        statement = statement.where(HAS_ANY if second_factor == "with" else ~HAS_ANY)
    if q is not None:
        statement = statement.where(Account.id.in_(_named(call, statement, q)))
    return page(call.session, statement, keys=[(Account.username, "asc")], limit=limit, cursor=cursor)


def _named(call: AccountCall, statement: Select[Account], q: str) -> list[UUID]:
    """The ids of the accounts of `statement` with `q` in the username or in the name. Names are encrypted, so all of them are
    read. Raises InvalidField if those are more than MOST_SEARCHED."""
    columns = statement.with_only_columns(Account.id, Account.username, Account.name).limit(MOST_SEARCHED + 1)
    found = call.session.execute(columns).all()
    if len(found) > MOST_SEARCHED:
        raise InvalidField(TOO_MANY_TO_SEARCH, "q")

    def matching() -> list[UUID]:
        wanted = q.casefold()
        names = ((row.id, f"{row.username} {call.personal.open(row.name) if row.name else ''}") for row in found)
        return [account_id for account_id, name in names if wanted in name.casefold()]

    return offload(matching)


def names_with_role(call: AccountCall, *, role: str, communities: Communities = DISTRICT) -> dict[UUID, str]:
    """Names by account id of accounts within reach (gateway.accounts.subjects) that have the role and work in one of
    `communities`."""
    with_role = select(Account.id).join(RoleGrant).where(RoleGrant.role == role, subjects.within_reach(call))
    with_role = with_role.where(works_within(communities))
    return names.names_of(call, call.session.scalars(with_role))


def names_in(call: AccountCall, community_id: str) -> dict[UUID, str]:
    """Names by account id of the staff within reach who work in the community, at most MOST_NAMED."""
    there = works_within(Communities.only(community_id))
    staff = select(Account.id).where(Account.party == "staff", subjects.within_reach(call), there)
    return names.names_of(call, call.session.scalars(staff.order_by(Account.username).limit(MOST_NAMED)))


def has_handlers(call: AccountCall, department: str, community_id: str) -> bool:
    """Whether somebody who works in the community sees the cases of the department (its code)."""
    there = (Account.departments.contains([department]), works_within(Communities.only(community_id)))
    able = (Account.party == "staff", call.admission.condition(), Account.grants.any(RoleGrant.role == "handler"))
    return bool(call.session.scalar(select(exists().where(*there, *able))))


def get(call: AccountCall, account_id: UUID) -> Account:
    """A member of staff who works in one of the acting account's communities. Raises NotFound."""
    return _one(call, account_id, lock=False)


def lock(call: AccountCall, account_id: UUID) -> Account:
    """The same, locked until the transaction ends."""
    return _one(call, account_id, lock=True)


def may_change(call: AccountCall, account: Account) -> bool:
    """Whether the acting account works wherever this member of staff works."""
    return account.reach in call.acting.reach


def _staff(call: AccountCall) -> Select[Account]:
    return select(Account).where(Account.party == "staff", works_within(call.acting.reach))


def _one(call: AccountCall, account_id: UUID, *, lock: bool) -> Account:
    statement = _staff(call).where(Account.id == account_id)
    account = call.session.scalar(statement.with_for_update() if lock else statement)
    if account is None:
        raise NotFound()
    return account
