"""Changes of staff accounts by an admin."""

from collections.abc import Sequence
from uuid import UUID

from chassis.messaging import outbox
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.accounts import auditing, invitations, membership, reach, sessions
from gateway.accounts.call import AccountCall
from gateway.accounts.invitations import Invited
from gateway.accounts.models import Account
from gateway.accounts.staff.adding import grant_roles
from gateway.accounts.staff.members import lock, may_change
from gateway.accounts.staff.messages import work_changed
from gateway.factors import removal
from gateway.refusals.staff import AccountDisabled, WorksElsewhere
from gateway.substitutes import use_cases as substitutes

OWN_INVITATION = Rule(
    "own_invitation",
    "You would sign yourself out. Change your password in your own account.",
    "这会使您自己退出登录，请在本人账户中修改密码。",
)
OWN_FACTORS = Rule(
    "own_factors",
    "Remove your own factors in your own account, with your password.",
    "请在本人账户中用密码删除自己的验证方式。",
)
OWN_ROLE = Rule("own_role", "You cannot take away your own role of admin.", "不能取消自己的管理员角色。")
OWN_ACCOUNT = Rule("own_account", "You cannot switch off your own account.", "不能停用自己的账户。")


def change(
    call: AccountCall,
    account_id: UUID,
    *,
    expected_version: int | None = None,
    roles: Sequence[str] | None = None,
    grids: Sequence[str] | None = None,
    departments: Sequence[str] | None = None,
    communities: Sequence[str] | None = None,
    whole_district: bool | None = None,
    name: str | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> Account:
    """Change the given fields. The change applies to the account's next request. Raises NotFound, WorksElsewhere,
    VersionMismatch, and InvalidField if admins disable themselves or take away their own role, or for communities
    (gateway.accounts.reach) or departments (gateway.accounts.membership)."""
    account = lock(call, account_id)
    if not may_change(call, account):
        raise WorksElsewhere()
    account.expect_version(expected_version)
    before, was = auditing.facts_of(account), account.version
    if name is not None:
        account.name = call.personal.seal(name)
        account.changed()
    if communities is not None or whole_district is not None:
        _set_reach(call, account, communities, whole_district)
    if roles is not None or grids is not None:
        _set_roles(call, account, account.roles if roles is None else roles, account.grids if grids is None else grids)
    if departments is not None or roles is not None:
        membership.put(call, account, account.departments if departments is None else departments)
    if password_hash is not None:
        set_password(call, account, password_hash)
    if disabled is not None:
        _set_disabled(call, account, disabled)
    if password_hash is not None:
        auditing.staff_changed(call, account, "password_set")
    action = "changed" if disabled is None else "disabled" if disabled else "enabled"
    auditing.staff_changed(call, account, action, before=before, named=name is not None)
    call.session.flush()
    substitutes.end_of_unfit(call, account)
    # Departments that are those of before change nothing, so there is no new version to tell of.
    work = (roles, communities, whole_district, departments, disabled)
    if account.version != was and any(given is not None for given in work):
        account.work_told_at = call.now
        outbox.add(call.session, work_changed(account, call.acting.account_id, call.now))
    return account


def invite(call: AccountCall, account_id: UUID) -> tuple[Account, Invited]:
    """A new link for the account (gateway.accounts.invitations). Raises NotFound, WorksElsewhere, AccountDisabled, and
    InvalidField if admins invite themselves."""
    account = lock(call, account_id)
    if not may_change(call, account):
        raise WorksElsewhere()
    if _is_own(call, account):
        raise InvalidField(OWN_INVITATION, "account_id")
    if account.disabled_at is not None:
        raise AccountDisabled()
    return account, invitations.invite(call, account)


def set_password(call: AccountCall, account: Account, password_hash: str) -> None:
    """Set a password that an admin chose. It ends an invitation, signs out all clients of the account, and removes its
    second factors, because the person may have lost them."""
    account.password_hash = password_hash
    removal.remove_all(call, account)
    invitations.end(call.session, account.id)
    account.changed()
    sessions.end_all(call.session, account.id)
    call.access_changed()


def reset_factors(call: AccountCall, account_id: UUID, *, reason: str) -> Account:
    """Remove every second factor of a colleague who lost them, and sign out all clients of the account. The password stays. The
    reason is in the audit log. Raises NotFound, WorksElsewhere, and InvalidField if admins reset their own."""
    account = lock(call, account_id)
    if not may_change(call, account):
        raise WorksElsewhere()
    if _is_own(call, account):
        raise InvalidField(OWN_FACTORS, "account_id")
    removal.remove_all(call, account)
    account.changed()
    sessions.end_all(call.session, account.id)
    call.access_changed()
    auditing.factors_reset(call, account, reason)
    return account


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
    grant_roles(call, account, roles, grids)
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


def _is_own(call: AccountCall, account: Account) -> bool:
    return str(account.id) == call.acting.account_id
