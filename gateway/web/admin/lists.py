"""Lists of the administration: declared as columns, filters and a query; shown in pages and written to files.

    register(AdminList(area="staff", title=_l("人员"), columns=(…), filters=(…), find=staff.list_staff, …))

The filters are in the address, so that a list can be sent to a colleague. Invalid values are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import Response, render_template, request
from flask_babel import gettext

from chassis.rpc.refusal import Refusal
from gateway.http import current
from gateway.http.problems import STATUS_OF_KIND
from gateway.refusals.files import TooManyRows
from gateway.web import times
from gateway.web.admin import spreadsheets
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import for_roles
from gateway.web.places import Choices, Groups
from gateway.web.service_calls import Json

PER_PAGE = 30
MOST_ROWS = 10_000  # of an exported file


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`text(row)` is the value, on the page and in files. With `href(row)` it is a link. With `tone(row)` it is a pill."""

    title: Any
    text: Callable[[Json], str]
    href: Callable[[Json], str] | None = None
    tone: Callable[[Json], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A field above the list. Many choices come in `groups`. `read` makes the value for the query from the text in the address;
    None if it is invalid."""

    name: str
    title: Any
    kind: Literal["search", "choice", "day", "hidden"] = "choice"
    choices: Callable[[], Choices] = field(default=lambda: ())
    groups: Callable[[], Groups] | None = None
    read: Callable[[str], Any] | None = None

    def offered(self) -> Groups:
        """The choices by group. Choices without groups are one group without a name."""
        return self.groups() if self.groups is not None else [("", self.choices())]

    def value(self, text: str) -> Any:
        if self.read is not None:
            return self.read(text)
        if self.kind == "choice":
            return text if any(text == code for _, choices in self.offered() for code, _ in choices) else None
        return text[:60]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminList:
    """`find(limit=…, cursor=…, **filters)` returns a page as JSON: {"items", "next_cursor"}. `add` is the endpoint and the
    label of the button that adds a row, `add_also` of a second one; they are shown if `may_add()`. `imported`: the kind
    of import (gateway.imports) that fills the list."""

    area: str
    title: Any
    columns: Sequence[Column]
    filters: Sequence[Filter]
    find: Callable[..., Json]
    empty: Any
    add: tuple[str, Any] | None = None
    add_also: tuple[str, Any] | None = None
    may_add: Callable[[], bool] = lambda: True
    line: Any = ""
    imported: str = ""


def register(listing: AdminList) -> None:
    """Add the list's page, /admin/<area>, and its files, /admin/<area>.csv and .xlsx. They are for admins."""

    def page() -> tuple[str, int]:
        return _page(listing)

    def export(suffix: str) -> Response:
        return _file(listing, suffix)

    path, name = f"/admin/{listing.area}", f"admin_{listing.area}"
    pages.get(path, endpoint=name)(for_roles("admin")(page))
    pages.get(f"{path}.<any(csv, xlsx):suffix>", endpoint=f"{name}_export")(for_roles("admin")(export))


def _asked(listing: AdminList) -> dict[str, str]:
    """The texts of the filters in the address, without empty and invalid ones."""
    sent = {asked.name: request.args.get(asked.name, "").strip() for asked in listing.filters}
    return {asked.name: sent[asked.name] for asked in listing.filters if sent[asked.name] and _value(asked, sent) is not None}


def _value(asked: Filter, sent: Mapping[str, str]) -> Any:
    return asked.value(sent[asked.name])


def _query(listing: AdminList, asked: Mapping[str, str]) -> dict[str, Any]:
    return {one.name: one.value(asked[one.name]) for one in listing.filters if one.name in asked}


def _page(listing: AdminList) -> tuple[str, int]:
    asked, cursor, problem, status = _asked(listing), request.args.get("cursor") or None, "", 200
    found: Json = {"items": [], "next_cursor": None}
    try:
        found = listing.find(limit=PER_PAGE, cursor=cursor, **_query(listing, asked))
    except Refusal as refusal:
        if refusal.kind != "invalid":
            raise
        errors = refusal.details_for(current.language()).get("errors") or [{"message": text_of(refusal)}]
        problem, status = " ".join(str(error["message"]) for error in errors), STATUS_OF_KIND[refusal.kind]
    page = render_template(
        "admin_list.html", listing=listing, found=found, asked=asked, cursor=cursor, problem=problem, most=MOST_ROWS
    )
    return page, status


def _file(listing: AdminList, suffix: str) -> Response:
    """All rows that the filters leave. Raises TooManyRows if they are more than MOST_ROWS, so that no file is cut."""
    query, cursor = _query(listing, _asked(listing)), None
    table = [[str(column.title) for column in listing.columns]]
    while True:
        found = listing.find(limit=100, cursor=cursor, **query)
        table += [[column.text(row) for column in listing.columns] for row in found["items"]]
        if len(table) - 1 > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
        if (cursor := found["next_cursor"]) is None:
            break
    response = Response(spreadsheets.written(suffix, table), content_type=spreadsheets.TYPES[suffix])
    name = f"linli-{listing.area}-{times.today():%Y%m%d}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def day_start(text: str) -> Any:
    """A filter's value for a day: its first moment."""
    day = times.parse_day(text, times.EARLIEST)
    return None if day == times.EARLIEST else times.midnight(day)


def joined(parts: Sequence[str]) -> str:
    """Several values in one cell."""
    return gettext("；").join(parts)
