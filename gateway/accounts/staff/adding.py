"""New members of staff."""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from gateway.accounts import auditing, membership, reach
from gateway.accounts.call import AccountCall
from gateway.accounts.models import NO_COMMUNITY, Account, RoleGrant
from gateway.refusals.staff import UsernameTaken


def create(
    call: AccountCall,
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    password_hash: str | None = None,
    grids: Sequence[str] = (),
    departments: Sequence[str] = (),
    communities: Sequence[str] = (),
    whole_district: bool = False,
) -> Account:
    """A new member of staff. `grids` belong to the role grid_worker, `departments` to the role handler. Without `communities`
    and `whole_district` they work in the acting account's community. Raises UsernameTaken, and InvalidField
    (gateway.accounts.reach, gateway.accounts.membership)."""
    account = new(
        call,
        username=username,
        name=name,
        roles=roles,
        password_hash=password_hash,
        grids=grids,
        departments=departments,
        communities=communities,
        whole_district=whole_district,
    )
    try:
        with call.session.begin_nested():
            call.session.add(account)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "account_username_key":
            raise
        raise UsernameTaken() from error
    auditing.staff_changed(call, account, "created")
    return account


def new(
    call: AccountCall,
    *,
    username: str,
    name: str,
    roles: Sequence[str],
    password_hash: str | None = None,
    grids: Sequence[str] = (),
    departments: Sequence[str] = (),
    communities: Sequence[str] = (),
    whole_district: bool = False,
) -> Account:
    """The account of `create`. It is not in the session yet. Raises InvalidField (gateway.accounts.reach,
    gateway.accounts.membership)."""
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
        departments=[],
        whole_district=False,
        grants=[],
    )
    reach.put(call, account, communities, whole_district=whole_district)
    grant_roles(call, account, roles, grids)
    membership.put(call, account, departments)
    return account


def _home(call: AccountCall, communities: Sequence[str], *, whole_district: bool) -> str:
    """The community of a new member of staff. Raises InvalidField if nobody says one."""
    if communities:
        return communities[0]
    if whole_district:
        return call.acting.community_id or NO_COMMUNITY
    return call.community_id


def grant_roles(call: AccountCall, account: Account, roles: Sequence[str], grids: Sequence[str]) -> None:
    """Give the account these roles. `grids` belong to the role grid_worker."""
    for role in sorted(set(roles)):
        grids_of_role = sorted(set(grids)) if role == "grid_worker" else []
        account.grants.append(RoleGrant(role=role, grids=grids_of_role, granted_at=call.now))
