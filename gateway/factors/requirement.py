"""Whether an account must have a second factor (gateway.directory.second_factor), for changes of its factors. The door that
refuses requests without one is gateway.http.second_factor."""

from collections.abc import Collection
from datetime import datetime

from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.directory import second_factor, storage
from gateway.refusals.factors import SecondFactorRequired


def needed_from(call: AccountCall, account: Account) -> datetime | None:
    """The moment from which the member of staff needs a second factor. None: nobody asks for it."""
    rows = storage.every_live_setting(call.session)
    demands = {row.scope: demand for row in rows if (demand := second_factor.of(row))}
    return second_factor.needed_from(demands, account.roles, account.reach)


def check_may_remove(call: AccountCall, account: Account, *, left: Collection[str]) -> None:
    """The owner removes a factor; kinds `left` remain. Raises SecondFactorRequired if none remains, and one is required now."""
    if left or account.password_hash is None:
        return
    since = needed_from(call, account)
    if since is not None and since <= call.now:
        raise SecondFactorRequired()
