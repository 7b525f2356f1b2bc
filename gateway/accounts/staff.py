"""Staff accounts: lists for staff who assign work; creation and changes by an admin."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.exc import IntegrityError

from chassis.database.pagination import Page, page
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import auditing, invitations, names, reach, sessions, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.invitations import Invited
from gateway.accounts.models import NO_COMMUNITY, Account, RoleGrant
from gateway.accounts.reach import works_within
from gateway.offload import offload
from gateway.refusals import AccountDisabled, UsernameTaken, WorksElsewhere

MOST_SEARCHED = 5_000
OWN_INVITATION = Rule(
    "own_invitation",
    "You would sign yourself out. Change your password in your own account.",
    "这会使您自己退出登录，请在本人账户中修改密码。",
)
OWN_ROLE = Rule("own_role", "You cannot take away your own role of admin.", "不能取消自己的管理员角色。")
TOO_MANY_TO_SEARCH = Rule(
    "too_many_to_search", "There are too many staff to search. Choose a community first.", "人员太多，请先选择社区。"
)
OWN_ACCOUNT = Rule("own_account", "You cannot switch off your own account.", "不能停用自己的账户。")


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
    state: str | None = None,
    q: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[Account]:
    """Staff who work in one of the acting account's communities, sorted by username, also those who are switched off. With
    `community_id`, those who work there. `q` is a part of the username or of the name."""
    statement = _staff(call).where(Account.username.is_not(None))
    if role is not None:
        statement = statement.where(Account.grants.any(RoleGrant.role == role))
    if community_id is not None:
        statement = statement.where(works_within(Communities.only(community_id)))
    if state is not None:
        statement = statement.where(_IN_STATE[state])
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


def names_with_role(call: AccountCall, *, role: str) -> dict[UUID, str]:
    """Names by account id of accounts within reach (gateway.accounts.subjects) that have the role."""
    with_role = select(Account.id).join(RoleGrant).where(RoleGrant.role == role, subjects.within_reach(call))
    return names.names_of(call, call.session.scalars(with_role))


def get(call: AccountCall, account_id: UUID) -> Account:
    """A member of staff who works in one of the acting account's communities. Raises NotFound."""
    return _one(call, account_id, lock=False)


def may_change(call: AccountCall, account: Account) -> bool:
    """Whether the acting account works wherever this member of staff works."""
    return account.reach in call.acting.reach


def create(
    call: AccountCall,
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    password_hash: str | None = None,
    grids: Sequence[str] = (),
    communities: Sequence[str] = (),
    whole_district: bool = False,
) -> Account:
    """A new member of staff. `grids` belong to the role grid_worker. Without `communities` and `whole_district` they work in
    the acting account's community. Raises UsernameTaken, and InvalidField (gateway.accounts.reach)."""
    account = Account(
        community_id=_home(call, communities, whole_district=whole_district),
        party="staff",
        username=username,
        name=call.personal.seal(name),
        key_id=call.personal.key_id,
        password_hash=password_hash,
        created_at=call.now,
        language="zh-CN",
        contact_due=False,
        sample=False,
        communities=[],
        whole_district=False,
        grants=[],
    )
    reach.put(call, account, communities, whole_district=whole_district)
    _grant(call, account, roles, grids)
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_username_key":
            raise
        raise UsernameTaken() from error
    auditing.staff_changed(call, account, "created")
    return account


def _home(call: AccountCall, communities: Sequence[str], *, whole_district: bool) -> str:
    """The community of a new member of staff. Raises InvalidField if nobody says one."""
    if communities:
        return communities[0]
    if whole_district:
        return call.acting.community_id or NO_COMMUNITY
    return call.community_id


def change(
    call: AccountCall,
    account_id: UUID,
    *,
    expected_version: int | None = None,
    roles: Sequence[str] | None = None,
    grids: Sequence[str] | None = None,
    communities: Sequence[str] | None = None,
    whole_district: bool | None = None,
    name: str | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """Change the given fields. The change applies to the account's next request. Raises NotFound, WorksElsewhere,
    VersionMismatch, and InvalidField if admins disable themselves or take away their own role, or for communities
    (gateway.accounts.reach)."""
    account = _one(call, account_id, lock=True)
    if not may_change(call, account):
        raise WorksElsewhere()
    account.expect_version(expected_version)
    before = auditing.facts_of(account)
    if name is not None:
        account.name = call.personal.seal(name)
        account.changed()
    if communities is not None or whole_district is not None:
        _set_reach(call, account, communities, whole_district)
    if roles is not None or grids is not None:
        _set_roles(call, account, account.roles if roles is None else roles, account.grids if grids is None else grids)
    if password_hash is not None:
        set_password(call, account, password_hash)
    if disabled is not None:
        _set_disabled(call, account, disabled)
    if password_hash is not None:
        auditing.staff_changed(call, account, "password_set")
    action = "changed" if disabled is None else "disabled" if disabled else "enabled"
    auditing.staff_changed(call, account, action, before=before, named=name is not None)
    return account


def invite(call: AccountCall, account_id: UUID) -> tuple[Account, Invited]:
    """A new link for the account (gateway.accounts.invitations). Raises NotFound, WorksElsewhere, AccountDisabled, and
    InvalidField if admins invite themselves."""
    account = _one(call, account_id, lock=True)
    if not may_change(call, account):
        raise WorksElsewhere()
    if _is_own(call, account):
        raise InvalidField(OWN_INVITATION, "account_id")
    if account.disabled_at is not None:
        raise AccountDisabled()
    return account, invitations.invite(call, account)


def set_password(call: AccountCall, account: Account, password_hash: str) -> None:
    """Set a password that an admin chose. It ends an invitation, signs out all clients of the account, and removes its
    authenticator, because the person may have lost the authenticator."""
    account.password_hash = password_hash
    account.remove_totp()
    invitations.end(call.session, account.id)
    account.changed()
    sessions.end_all(call.session, account.id)
    call.access_changed()


def _set_reach(call: AccountCall, account: Account, communities: Sequence[str] | None, whole_district: bool | None) -> None:
    """A field that is None stays, except that communities end the work in the whole district, and the other way round."""
    if whole_district is None:
        whole_district = account.whole_district and not communities
    reach.put(call, account, account.communities if communities is None else communities, whole_district=whole_district)
    account.changed()
    call.access_changed()


def _set_roles(call: AccountCall, account: Account, roles: Sequence[str], grids: Sequence[str]) -> None:
    """Admins cannot take away their own role, so that one admin remains."""
    if _is_own(call, account) and "admin" in account.roles and "admin" not in roles:
        raise InvalidField(OWN_ROLE, "roles")
    account.grants.clear()
    call.session.flush()
    _grant(call, account, roles, grids)
    account.changed()
    call.access_changed()


def _set_disabled(call: AccountCall, account: Account, disabled: bool) -> None:
    """Disabling ends an invitation and signs out all clients of the account. Admins cannot disable themselves, so that one
    admin remains."""
    if disabled and _is_own(call, account):
        raise InvalidField(OWN_ACCOUNT, "disabled")
    account.disabled_at = call.now if disabled else None
    account.changed()
    if disabled:
        invitations.end(call.session, account.id)
        sessions.end_all(call.session, account.id)
    call.access_changed()


def _grant(call: AccountCall, account: Account, roles: Sequence[str], grids: Sequence[str]) -> None:
    for role in sorted(set(roles)):
        grids_of_role = sorted(set(grids)) if role == "grid_worker" else []
        account.grants.append(RoleGrant(role=role, grids=grids_of_role, granted_at=call.now))


def _is_own(call: AccountCall, account: Account) -> bool:
    return str(account.id) == call.acting.account_id


def _staff(call: AccountCall) -> Select[Account]:
    return select(Account).where(Account.party == "staff", works_within(call.acting.reach))


def _one(call: AccountCall, account_id: UUID, *, lock: bool) -> Account:
    statement = _staff(call).where(Account.id == account_id)
    account = call.session.scalar(statement.with_for_update() if lock else statement)
    if account is None:
        raise NotFound()
    return account
