"""A change of the factors of an account is counted, logged, and told to its owner."""

from collections.abc import Sequence

from chassis.messaging import outbox
from gateway.accounts import auditing
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.factors.messages import Change, factor_changed


def by_owner(call: AccountCall, account: Account, change: Change, kind: str) -> None:
    """The acting account has changed its own factors. The caller has locked it."""
    _changed(call, account, change, [kind], "owner")
    auditing.factor_changed(call, account, change, kind)


def removed_by_admin(call: AccountCall, account: Account, kinds: Sequence[str]) -> None:
    """An admin, or the operator, has removed these kinds; none if there were none. The caller has locked the account, and logs
    what was done."""
    if kinds:
        _changed(call, account, "removed", kinds, "admin")


def _changed(call: AccountCall, account: Account, change: Change, kinds: Sequence[str], by: str) -> None:
    account.changed()
    outbox.add(call.session, factor_changed(account, change, kinds, by, call.now))
    call.access_changed()
