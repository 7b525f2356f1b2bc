"""Where staff work: in a set of communities, or in the whole district. Admins give at most what they have themselves."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, true

from chassis.database.communities import within
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN, Rule
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.directory import storage as directory

OUTSIDE_REACH = Rule(
    "outside_reach",
    "You can choose only communities in which you work yourself.",
    "只能选择您自己负责的社区。",
)


def works_within(communities: Communities) -> ColumnElement[bool]:
    """Staff who work in one of `communities`, or in the whole district."""
    if communities.ids is None:
        return true()
    own = and_(Account.communities == [], within(Account.community_id, communities))
    return or_(Account.whole_district, Account.communities.overlap(sorted(communities.ids)), own)


def put(call: AccountCall, account: Account, communities: Sequence[str], *, whole_district: bool) -> None:
    """Let the member of staff work in `communities`, or in the whole district. Neither means the account's own community.
    Raises InvalidField for `communities` if one is unknown, or outside the reach of the acting account."""
    chosen = [] if whole_district else sorted(set(communities))
    check_reached(call, chosen, "communities")
    reach = DISTRICT if whole_district else Communities.only(*(chosen or [account.community_id]))
    if reach not in call.acting.reach:
        raise InvalidField(OUTSIDE_REACH, "whole_district" if whole_district else "communities")
    if chosen and account.community_id not in chosen:
        account.community_id = chosen[0]
    account.communities, account.whole_district = chosen, whole_district


def check_reached(call: AccountCall, communities: Sequence[str], field: str) -> None:
    """Raises InvalidField for `field` if one of the communities is unknown, or if the acting account does not work there."""
    if set(communities) - directory.known_ids(call.session, communities):
        raise InvalidField(UNKNOWN, field)
    if communities and Communities.only(*communities) not in call.acting.reach:
        raise InvalidField(OUTSIDE_REACH, field)
