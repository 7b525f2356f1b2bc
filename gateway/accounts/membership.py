"""The departments (承办单位) to which handlers belong: they see the cases that are dispatched to these."""

from collections.abc import Sequence

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.directory import storage as directory


def put(call: AccountCall, account: Account, departments: Sequence[str]) -> None:
    """Let a handler belong to `departments`. Other accounts belong to none. Raises InvalidField for `departments` if one is
    unknown, out of use, or works outside the reach of the acting account; those to which the handler belonged already may
    stay."""
    chosen = sorted(set(departments)) if "handler" in account.roles else []
    offered = {department.id for department in directory.departments_in_use(call.session, call.acting.reach)}
    if set(chosen) - offered - set(account.departments):
        raise InvalidField(UNKNOWN, "departments")
    if chosen != account.departments:
        account.departments = chosen
        account.changed()
        call.access_changed()
