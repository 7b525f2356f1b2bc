"""Residents who are likely to be in the list twice: the same name in one community, and the same year of birth or phone.

The search goes through the index of names. A page reads at most SCANNED entries of it, so it may show few pairs, or none, and
go on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Final

from sqlalchemy import select, tuple_

from chassis.database.communities import within
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import BAD_CURSOR
from gateway.accounts import names
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import CONTACT, SIGN_IN, USES, ResidentPhone

SCANNED: Final = 2_000
MOST_OF_ONE_NAME: Final = 20
REASONS = ("birth_year", "contact_phone", "phone")


@dataclass(frozen=True, slots=True)
class Double:
    """Two residents, the older account first, and what they have in common besides the name (REASONS)."""

    first: Account
    second: Account
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    items: list[Double]
    next_cursor: str | None


def list_doubles(call: AccountCall, *, limit: int, cursor: str | None = None) -> Found:
    """Pairs within reach, by community and name. At least `limit` are shown if one name has more. Logged as a reveal. Raises
    InvalidField for a malformed cursor."""
    entries = _entries(call, _place(cursor))
    # The last name may go on behind what was read.
    whole = len(entries) < SCANNED
    groups = [(key, list(group)) for key, group in groupby(entries, key=lambda entry: (entry[0], entry[1]))]
    groups = groups if whole or len(groups) < 2 else groups[:-1]
    items: list[Double] = []
    following = None if whole else _cursor(groups[-1][0])
    for number, (key, group) in enumerate(groups):
        if len(group) > 1:
            items += _pairs(call, key)
        if len(items) >= limit and number < len(groups) - 1:
            following = _cursor(key)
            break
    shown = {account.id for pair in items for account in (pair.first, pair.second)}
    names.log_reveal(call, sorted(shown), ["name", "birth_year"])
    return Found(items, following)


def _entries(call: AccountCall, after: tuple[str, bytes] | None) -> Sequence[tuple[str, bytes]]:
    place = (Account.community_id, Account.name_index)
    entries = select(*place).where(
        within(Account.community_id, call.acting.reach),
        Account.name_index.is_not(None),
        Account.party == "resident",
        call.admission.condition(),
    )
    if after is not None:
        entries = entries.where(tuple_(*place) > after)
    rows = call.session.execute(entries.order_by(*place).limit(SCANNED))
    return [(community_id, index) for community_id, index in rows if index is not None]


def _pairs(call: AccountCall, key: tuple[str, bytes]) -> Iterator[Double]:
    community_id, index = key
    same_name = select(Account).where(
        Account.community_id == community_id,
        Account.name_index == index,
        Account.party == "resident",
        call.admission.condition(),
    )
    found = call.session.scalars(same_name.order_by(Account.created_at, Account.id).limit(MOST_OF_ONE_NAME)).all()
    phones = phone_list.of_accounts(call.session, [account.id for account in found])
    for first, second in combinations(found, 2):
        if reasons := _in_common(first, second, phones.get(first.id, ()), phones.get(second.id, ())):
            yield Double(first, second, reasons)


def _in_common(
    first: Account, second: Account, of_first: Iterable[ResidentPhone], of_second: Iterable[ResidentPhone]
) -> tuple[str, ...]:
    one, other = _by_use(of_first), _by_use(of_second)
    same = {
        "birth_year": first.birth_year is not None and first.birth_year == second.birth_year,
        "contact_phone": bool(one[CONTACT] & other[CONTACT]),
        "phone": bool(one[SIGN_IN] & other[CONTACT] or one[CONTACT] & other[SIGN_IN]),
    }
    return tuple(reason for reason in REASONS if same[reason])


def _by_use(phones: Iterable[ResidentPhone]) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {use: set() for use in USES}
    for phone in phones:
        found[phone.use].add(phone.phone_index)
    return found


def _cursor(key: tuple[str, bytes]) -> str:
    return f"{key[1].hex()}-{key[0]}"


def _place(cursor: str | None) -> tuple[str, bytes] | None:
    if cursor is None:
        return None
    index, dash, community_id = cursor.partition("-")
    try:
        place = (community_id, bytes.fromhex(index))
    except ValueError as error:
        raise InvalidField(BAD_CURSOR, "cursor") from error
    if not dash or "\0" in community_id:
        raise InvalidField(BAD_CURSOR, "cursor")
    return place
