"""Residents from a file: those whom staff add, as at the counter.

A row is about the resident with its own phone. Without one, it is about the resident of the community with the same name and
year of birth who was added by staff and has no phone; or, without a year of birth, with the same name and contact phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from chassis import text as texts
from chassis.database.communities import within
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, Refusal
from chassis.rpc.rules import NOT_A_NUMBER, UNKNOWN
from gateway.accounts import name_index, residents
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.phone_list import storage as phone_list
from gateway.accounts.phone_list.models import SIGN_IN
from gateway.accounts.phones import normalised
from gateway.accounts.reach import OUTSIDE_REACH
from gateway.directory import storage as directory
from gateway.imports.columns import AMBIGUOUS, Column, Row
from gateway.imports.engine import TOGETHER
from gateway.imports.files import MOST_ROWS
from gateway.imports.kinds.rows_seen import RowsSeen
from gateway.imports.outcomes import Outcome
from gateway.offload import breathe
from gateway.refusals.residents import AccountIsClaimed, PhoneInUse

CHUNK = 1_000  # values in one query


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says. `columns` are those of the file; the other fields stay as they are."""

    community_id: str
    name: str
    phone: str | None
    contact_phone: str | None
    birth_year: int | None
    columns: frozenset[str]


class Residents:
    """The list of residents as gateway.imports.engine.Kind."""

    columns = (
        Column("name", "姓名", "Name", required=True, most=40, example="李奶奶"),
        Column("birth_year", "出生年份", "Year of birth", most=8, example="1944"),
        Column("phone", "本人手机号", "Own phone", most=32, example="13800138000"),
        Column("contact_phone", "联系电话", "Contact phone", most=32, example="13900139000"),
        Column("community_id", "社区代码", "Community code", most=64, example="liuyi"),
    )
    columns_of = MappingProxyType({PhoneInUse.code: "phone", AccountIsClaimed.code: "phone"})
    most = MOST_ROWS

    def begin(self, call: AccountCall, rows: Sequence[Row]) -> "_Run":
        return _Run(call, rows)


class _Run:
    def __init__(self, call: AccountCall, rows: Sequence[Row]) -> None:
        self._call, self._seen = call, RowsSeen()
        known = directory.known_ids(call.session, sorted({code for row in rows if (code := row.get("community_id"))}))
        self._said: dict[int, Said | Refusal] = {}
        for number, row in enumerate(rows):
            if number % TOGETHER == 0:
                breathe()
            self._said[row.line] = _said_or_refusal(call, row, known)
        said = [one for one in self._said.values() if isinstance(one, Said)]
        self._owners = self._find_owners(said)
        self._kept = self._find_kept(said)
        self._signed_in = residents.have_signed_in(call, [one.id for one in (*self._owners.values(), *_all(self._kept))])
        self._due = False

    def label(self, row: Row) -> str:
        return row.get("name") or ""

    def take(self, row: Row) -> Outcome:
        said = self._said[row.line]
        if isinstance(said, Refusal):
            raise said
        account = self._known(said)
        self._seen.add(account.id if account else _key(said), row.line, "name")
        if account is None:
            return self._add(row, said)
        changes = self._changes(account, said)
        if changes:
            self._change(account, said)
        outcome = "changed" if changes else "unchanged"
        return Outcome(row.line, outcome, said.name, changes, account.version - bool(changes))

    def secrets(self) -> list[dict[str, Any]]:
        return []

    def _add(self, row: Row, said: Said) -> Outcome:
        account = residents.new_account(self._call, said.community_id)
        self._describe(account, said, said.contact_phone, said.birth_year)
        self._call.session.add(account)
        return Outcome(row.line, "new", said.name)

    def _change(self, account: Account, said: Said) -> None:
        if not account.is_kept_by_staff or account.id in self._signed_in:
            raise AccountIsClaimed()
        contact = said.contact_phone if "contact_phone" in said.columns else self._opened(account.contact_phone)
        year = said.birth_year if "birth_year" in said.columns else account.birth_year
        self._describe(account, said, contact, year)
        account.changed()

    def _describe(self, account: Account, said: Said, contact: str | None, year: int | None) -> None:
        if said.phone is not None:
            residents.check_own_phone(self._call, year)
        residents.describe(self._call, account, name=said.name, contact_phone=contact, birth_year=year)
        if said.phone is not None and account.phone is None:
            residents.set_own_phone(self._call, account, said.phone)
        if account.contact_due and not self._due:
            residents.wake_hand_over(self._call)
            self._due = True

    def _known(self, said: Said) -> Account | None:
        """The resident that the row is about. None if there is none. Raises PhoneInUse for somebody whom the acting account may
        not see, InvalidField if there are several."""
        if said.phone is not None and (owner := self._owners.get(said.phone)) is not None:
            if owner.community_id not in self._call.acting.reach or not self._call.admission.admits(owner):
                raise PhoneInUse()
            return owner
        found = self._kept.get((said.community_id, name_index.of(self._call.personal, said.name)), [])
        same_contact = [one for one in found if self._opened(one.contact_phone) == said.contact_phone]
        if said.birth_year is None:
            found = same_contact
        else:
            found = [one for one in found if one.birth_year == said.birth_year]
            found = found if len(found) == 1 else [one for one in found if one in same_contact]
        if len(found) > 1:
            raise InvalidField(AMBIGUOUS, "name")
        return found[0] if found else None

    def _changes(self, account: Account, said: Said) -> dict[str, list[Any]]:
        before = {
            "name": self._opened(account.name),
            "birth_year": account.birth_year,
            "phone": self._opened(account.phone),
            "contact_phone": self._opened(account.contact_phone),
        }
        # An empty cell does not take a phone of their own away, as at the counter. They sign in with any phone of their list,
        # so a file that has another one than the main one changes nothing.
        has_it = said.phone is not None and self._owners.get(said.phone) is account
        compared = [name for name in before if name in said.columns and (name != "phone" or (said.phone and not has_it))]
        return {name: [before[name], getattr(said, name)] for name in compared if before[name] != getattr(said, name)}

    def _opened(self, sealed: bytes | None) -> str | None:
        return self._call.personal.open(sealed) if sealed else None

    def _find_owners(self, said: Sequence[Said]) -> dict[str, Account]:
        """Those who sign in with one of the phones, by phone. Locked, in the order of their ids."""
        by_index = {index: one.phone for one in said if one.phone for index in self._call.personal.indexes(one.phone)}
        found: dict[str, Account] = {}
        for part in _parts(sorted(by_index)):
            breathe()
            owners = select(Account).where(phone_list.signs_in(part)).order_by(Account.id).with_for_update()
            accounts = {account.id: account for account in self._call.session.scalars(owners)}
            for account_id, phones in phone_list.of_accounts(self._call.session, accounts).items():
                for phone in phones:
                    if phone.use == SIGN_IN and phone.phone_index in by_index:
                        found[by_index[phone.phone_index]] = accounts[account_id]
        return found

    def _find_kept(self, said: Sequence[Said]) -> dict[tuple[str, bytes], list[Account]]:
        """Residents without a phone of their own whom staff keep, by community and hash of the name. Locked."""
        personal = self._call.personal
        newest = {index: name_index.of(personal, one.name) for one in said for index in name_index.all_of(personal, one.name)}
        communities = Communities.only(*{one.community_id for one in said})
        found: dict[tuple[str, bytes], list[Account]] = {}
        for part in _parts(sorted(newest)):
            breathe()
            kept = select(Account).where(
                within(Account.community_id, communities),
                Account.name_index.in_(part),
                Account.party == "resident",
                Account.phone_index.is_(None),
                Account.claimed_at.is_(None),
                Account.made_by.is_not(None),
                self._call.admission.condition(),
            )
            for account in self._call.session.scalars(kept.order_by(Account.id).with_for_update()):
                found.setdefault((account.community_id, newest[account.name_index or b""]), []).append(account)
        return found


def _said_or_refusal(call: AccountCall, row: Row, known: set[str]) -> Said | Refusal:
    try:
        return _said(call, row, known)
    except Refusal as refusal:
        return refusal


def _said(call: AccountCall, row: Row, known: set[str]) -> Said:
    """Raises InvalidField."""
    community_id = row.get("community_id") or call.community_id
    if row.get("community_id") and community_id not in known:
        raise InvalidField(UNKNOWN, "community_id")
    if community_id not in call.acting.reach:
        raise InvalidField(OUTSIDE_REACH, "community_id")
    birth_year = texts.whole_number(year := row.get("birth_year"))
    if year is not None and birth_year is None:
        raise InvalidField(NOT_A_NUMBER, "birth_year")
    residents.check_birth_year(call, birth_year)
    phone, contact = row.get("phone"), row.get("contact_phone")
    if phone:
        residents.check_own_phone(call, birth_year)
    return Said(
        community_id,
        row.get("name") or "",
        normalised(phone) if phone else None,
        normalised(contact, "contact_phone") if contact else None,
        birth_year,
        frozenset(row.cells),
    )


def _key(said: Said) -> tuple[Any, ...]:
    """Two new residents with the same key are one."""
    if said.phone is not None:
        return (said.phone,)
    same = "".join(said.name.split()).casefold()
    return said.community_id, same, said.birth_year, said.contact_phone if said.birth_year is None else None


def _all(kept: dict[tuple[str, bytes], list[Account]]) -> list[Account]:
    return [account for accounts in kept.values() for account in accounts]


def _parts(values: list[bytes]) -> list[list[bytes]]:
    return [values[first : first + CHUNK] for first in range(0, len(values), CHUNK)]


RESIDENTS = Residents()
