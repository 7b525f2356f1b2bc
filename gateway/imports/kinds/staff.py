"""Staff from a file. New people are invited: each gets a link, which is shown once after the import."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_A_CHOICE, TOO_FEW, UNKNOWN
from gateway.accounts import auditing, invitations
from gateway.accounts.call import AccountCall
from gateway.accounts.interface.staff import BAD_USERNAME, USERNAME
from gateway.accounts.models import ROLES, Account
from gateway.accounts.reach import works_within
from gateway.accounts.staff import adding, changing, members
from gateway.directory.models import Grid
from gateway.imports.columns import Column, Row, several, yes_or_no
from gateway.imports.files import MOST_ROWS
from gateway.imports.kinds.rows_seen import RowsSeen
from gateway.imports.outcomes import Outcome
from gateway.offload import breathe
from gateway.refusals.staff import UsernameTaken, WorksElsewhere

# As our exports write them, in both languages.
ROLE_NAMES = {
    "clerk": ("窗口", "Clerk"),
    "grid_worker": ("网格员", "Grid worker"),
    "handler": ("承办人", "Handler"),
    "mediator": ("调解员", "Mediator"),
    "organiser": ("活动组织者", "Organiser"),
    "supervisor": ("督办", "Supervisor"),
    "admin": ("管理员", "Admin"),
}
_ROLE_OF = {name.casefold().replace(" ", "_"): code for code, names in ROLE_NAMES.items() for name in (code, *names)}
CHUNK = 1_000


class Staff:
    """The list of staff as gateway.imports.engine.Kind."""

    columns = (
        Column("username", "用户名", "User name", required=True, most=32, example="zhao.lei"),
        Column("name", "姓名", "Name", required=True, most=40, example="赵磊"),
        Column("roles", "角色", "Roles", required=True, most=200, example="窗口、网格员"),
        Column("communities", "社区代码", "Community codes", most=2_000, example="liuyi"),
        Column("grids", "网格代码", "Grid codes", most=2_000, example="liuyi-1、liuyi-2"),
        Column("whole_district", "全区", "Whole district", most=8, example="否"),
    )
    columns_of = MappingProxyType(
        {UsernameTaken.code: "username", WorksElsewhere.code: "username", "community_id": "communities"}
    )
    most = MOST_ROWS

    def begin(self, call: AccountCall, rows: Sequence[Row]) -> "_Run":
        return _Run(call, rows)


class _Run:
    def __init__(self, call: AccountCall, rows: Sequence[Row]) -> None:
        self._call, self._seen = call, RowsSeen()
        self._invited: list[tuple[Account, str, str]] = []
        names = sorted({name for row in rows if (name := row.get("username"))})
        grids = sorted({grid for row in rows for grid in several(row, "grids")})
        self._known: dict[str, Account] = {}
        for first in range(0, len(names), CHUNK):
            breathe()
            known = select(Account).where(Account.username.in_(names[first : first + CHUNK])).order_by(Account.id)
            self._known |= {one.username or "": one for one in call.session.scalars(known.with_for_update())}
        self._visible = set(
            call.session.scalars(
                select(Account.id).where(
                    Account.id.in_([one.id for one in self._known.values()]), works_within(call.acting.reach)
                )
            )
        )
        self._grids = set(call.session.scalars(select(Grid.id).where(Grid.id.in_(grids)))) if grids else set()

    def label(self, row: Row) -> str:
        return row.get("username") or ""

    def take(self, row: Row) -> Outcome:
        username, said = row.get("username") or "", self._said(row)
        if not USERNAME.fullmatch(username):
            raise InvalidField(BAD_USERNAME, "username")
        self._seen.add(username, row.line, "username")
        if (account := self._known.get(username)) is None:
            return self._add(row, username, said)
        if account.id not in self._visible:
            raise UsernameTaken()
        if not members.may_change(self._call, account):
            raise WorksElsewhere()
        before, version = self._facts(account), account.version
        wanted = {name: value for name, value in said.items() if sorted_of(before[name]) != sorted_of(value)}
        if not wanted:
            return Outcome(row.line, "unchanged", username, {}, version)
        changing.change(self._call, account.id, **wanted)
        after = self._facts(account)
        changes = {name: [before[name], after[name]] for name in before if sorted_of(before[name]) != sorted_of(after[name])}
        return Outcome(row.line, "changed", username, changes, version)

    def secrets(self) -> list[dict[str, Any]]:
        return [{"username": one.username, "name": name, "token": token} for one, name, token in self._invited]

    def _add(self, row: Row, username: str, said: dict[str, Any]) -> Outcome:
        account = adding.new(self._call, username=username, **said)
        self._call.session.add(account)
        auditing.staff_changed(self._call, account, "created")
        self._invited.append((account, said["name"], invitations.for_new(self._call, account).token))
        return Outcome(row.line, "new", username)

    def _said(self, row: Row) -> dict[str, Any]:
        """The fields of adding.create and changing.change. Raises InvalidField."""
        said: dict[str, Any] = {"name": row.get("name") or "", "roles": _roles(row)}
        for code in ("communities", "grids"):
            if row.has(code):
                said[code] = sorted(set(several(row, code)))
        if unknown := set(said.get("grids", ())) - self._grids:
            raise InvalidField(UNKNOWN, "grids", ids=sorted(unknown))
        if row.has("whole_district"):
            said["whole_district"] = yes_or_no(row, "whole_district", default=False)
        return said

    def _facts(self, account: Account) -> dict[str, Any]:
        return {
            "name": self._call.personal.open(account.name) if account.name else None,
            "roles": sorted(account.roles),
            "communities": sorted(account.reach.ids or ()),
            "grids": account.grids,
            "whole_district": account.whole_district,
        }


def sorted_of(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _roles(row: Row) -> list[str]:
    # "Grid worker" has a space, so spaces do not separate roles.
    parts = [
        part.strip()
        for part in (row.get("roles") or "")
        .replace("、", ",")
        .replace("，", ",")
        .replace("；", ",")
        .replace(";", ",")
        .split(",")
    ]
    found = [_ROLE_OF.get(part.casefold().replace(" ", "_"), "") for part in parts if part]
    if not found:
        raise InvalidField(TOO_FEW, "roles", least=1)
    if not all(found):
        raise InvalidField(NOT_A_CHOICE, "roles", choices=", ".join(f"{ROLE_NAMES[code][0]} ({code})" for code in ROLES))
    return sorted(set(found))


STAFF = Staff()
