"""Staff accounts: lists for staff who assign work; creation and changes by an admin."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from chassis.database.pagination import Page, page
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import Rule
from gateway.accounts import names, sessions, subjects
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, RoleGrant
from gateway.refusals import UsernameTaken

OWN_ACCOUNT = Rule("own_account", "You cannot switch off your own account.", "不能停用自己的账户。")


def list_staff(call: AccountCall, *, role: str | None = None, limit: int, cursor: str | None = None) -> Page[Account]:
    """Staff of the acting account's community, sorted by username. Without a community, all staff. Includes disabled
    accounts."""
    statement = _staff(call).where(Account.username.is_not(None))
    if role is not None:
        statement = statement.where(Account.grants.any(RoleGrant.role == role))
    return page(call.session, statement, keys=[(Account.username, "asc")], limit=limit, cursor=cursor)


def names_with_role(call: AccountCall, *, role: str) -> dict[UUID, str]:
    """Names by account id of accounts within reach (gateway.accounts.subjects) that have the role."""
    with_role = select(Account.id).join(RoleGrant).where(RoleGrant.role == role, subjects.within_reach(call))
    return names.names_of(call, call.session.scalars(with_role))


def get(call: AccountCall, account_id: UUID) -> Account:
    """A member of staff of the acting account's community. Without a community, of any. Raises NotFound."""
    return _one(call, account_id, lock=False)


def create(
    call: AccountCall, *, username: str, name: str, password_hash: str, roles: Sequence[str], grids: Sequence[str] = ()
) -> Account:
    """A new member of staff of the acting account's community. `grids` belong to the role grid_worker. Raises UsernameTaken."""
    account = Account(
        community_id=call.community_id,
        party="staff",
        username=username,
        name=call.personal.seal(name),
        key_id=call.personal.key_id,
        password_hash=password_hash,
        created_at=call.now,
        language="zh-CN",
        contact_due=False,
        sample=False,
        grants=[],
    )
    _grant(call, account, roles, grids)
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_username_key":
            raise
        raise UsernameTaken() from error
    return account


def change(
    call: AccountCall,
    account_id: UUID,
    *,
    expected_version: int | None = None,
    roles: Sequence[str] | None = None,
    grids: Sequence[str] | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """Change the given fields. The change applies to the account's next request. Raises NotFound, VersionMismatch, and
    InvalidField if admins disable themselves."""
    account = _one(call, account_id, lock=True)
    account.expect_version(expected_version)
    if roles is not None or grids is not None:
        _set_roles(call, account, account.roles if roles is None else roles, account.grids if grids is None else grids)
    if password_hash is not None:
        set_password(call, account, password_hash)
    if disabled is not None:
        _set_disabled(call, account, disabled)
    return account


def set_password(call: AccountCall, account: Account, password_hash: str) -> None:
    """Set a password that an admin chose. It signs out all clients of the account and removes its authenticator, because the
    person may have lost the authenticator."""
    account.password_hash = password_hash
    account.totp_secret = account.totp_confirmed_at = account.totp_last_step = None
    account.changed()
    sessions.end_all(call.session, account.id)
    call.access_changed()


def _set_roles(call: AccountCall, account: Account, roles: Sequence[str], grids: Sequence[str]) -> None:
    account.grants.clear()
    call.session.flush()
    _grant(call, account, roles, grids)
    account.changed()
    call.access_changed()


def _set_disabled(call: AccountCall, account: Account, disabled: bool) -> None:
    """Disabling signs out all clients of the account. Admins cannot disable themselves, so that one admin remains."""
    if disabled and str(account.id) == call.acting.account_id:
        raise InvalidField(OWN_ACCOUNT, "disabled")
    account.disabled_at = call.now if disabled else None
    account.changed()
    if disabled:
        sessions.end_all(call.session, account.id)
    call.access_changed()


def _grant(call: AccountCall, account: Account, roles: Sequence[str], grids: Sequence[str]) -> None:
    for role in sorted(set(roles)):
        grids_of_role = sorted(set(grids)) if role == "grid_worker" else []
        account.grants.append(RoleGrant(role=role, grids=grids_of_role, granted_at=call.now))


def _staff(call: AccountCall) -> Select[Account]:
    statement = select(Account).where(Account.party == "staff")
    community_id = call.acting.community_id
    return statement if community_id is None else statement.where(Account.community_id == community_id)


def _one(call: AccountCall, account_id: UUID, *, lock: bool) -> Account:
    statement = _staff(call).where(Account.id == account_id)
    account = call.session.scalar(statement.with_for_update() if lock else statement)
    if account is None:
        raise NotFound()
    return account
