"""The search of the desk: residents, bookings, cases and club events, each as far as the caller's roles show them.

A name or a phone number finds residents, and the bookings and cases of the residents found. A number finds a booking or cases.
Other text finds cases and club events. It costs one query of the accounts, and at most one call of each service. A group whose
service does not answer is marked, and the others are complete.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.observability import telemetry
from chassis.rpc.identity import Identity
from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts import search, views
from gateway.accounts.search_terms import terms_wanted
from gateway.calls import client
from gateway.http import current, limits
from services.booking.interface.bookings import MOST_RESIDENTS
from services.cases.interface.cases import MOST_REPORTERS

log = telemetry.get_logger(__name__)
PER_GROUP = 10  # rows of each group
MOST_ROWS = min(MOST_REPORTERS, MOST_RESIDENTS)
# The groups in their order, and the roles that see them. The services check the same roles.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "people": ("clerk", "grid_worker"),
    "bookings": ("clerk", "supervisor", "grid_worker", "organiser"),
    "cases": ("clerk", "grid_worker", "handler", "mediator", "supervisor"),
    "events": ("organiser", "supervisor", "clerk"),
}
ROLES = tuple(sorted({role for roles in GROUPS.values() for role in roles}))
_BOOKING_NUMBER = re.compile(r"(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})?([0-9a-f]{8})")
_CHARACTER = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: `q` without spaces around it, `limit` rows of each group from `cursor` on. `names` are the names of residents
    found, by account id. They are empty if there are more residents than one page has: then only some of their bookings and
    cases would be found, and nobody would notice. `too_many` says so."""

    q: str
    limit: int
    cursor: str | None
    names: Mapping[str, str | None]
    too_many: bool


def find(q: str, *, group: str | None = None, limit: int = PER_GROUP, cursor: str | None = None) -> dict[str, Any]:
    """{"q", "too_many_people", and for each of GROUPS: {"available", "items", "next_cursor"}, or None if the caller's roles do
    not show it or another `group` was asked for}. The names of residents are logged as a reveal. Raises Throttled, and
    InvalidField for a malformed cursor."""
    limits.spend(limits.SEARCHES)
    q = q.strip()
    shown = [name for name, roles in GROUPS.items() if current.identity().has_role(*roles) and group in (None, name)]
    found: dict[str, Any] = dict.fromkeys(GROUPS)
    people = _people(q, limit, cursor if group == "people" else None)
    too_many = bool(people and people["next_cursor"])
    names = {one["id"]: one["name"] for one in people["items"]} if people and not too_many else {}
    if people is not None and "people" in shown:
        found["people"] = people
    asked = Asked(q, limit, cursor if group else None, names, too_many)
    for name in shown:
        if name != "people":
            found[name] = _available(name, _FIND[name], asked)
    return {"q": q, "too_many_people": too_many} | found


def _people(q: str, limit: int, cursor: str | None) -> dict[str, Any] | None:
    """Residents. None if the caller's roles do not show them."""
    if not current.identity().has_role(*GROUPS["people"]):
        return None
    if not terms_wanted(q):
        return _group()
    with current.accounts().transaction() as call:
        page = search.find(call, query=q, limit=limit, cursor=cursor)
        return _group([views.found(account, call.personal) for account in page.items], page.next_cursor)


def _bookings(asked: Asked) -> dict[str, Any]:
    number = _booking_number(asked.q)
    if number is None and not asked.names:
        return _group()
    wanted: dict[str, Any] = {"resident_ids": list(asked.names)} | ({"number": number} if number else {})
    page = client.booking.search_bookings(limit=asked.limit, cursor=asked.cursor, **wanted)
    return _named(page, asked.names, "resident_id", "resident_name")


def _cases(asked: Asked) -> dict[str, Any]:
    q = asked.q if _CHARACTER.search(asked.q) else None
    if q is None:
        return _group()
    page = client.cases.search_cases(q=q, reporter_ids=list(asked.names), limit=asked.limit, cursor=asked.cursor)
    return _named(page, asked.names, "reporter_id", "reporter_name")


def _events(asked: Asked) -> dict[str, Any]:
    page = client.events.list_club_events(scope="desk", q=asked.q, limit=asked.limit, cursor=asked.cursor)
    return _group(page["items"], page["next_cursor"])


_FIND: Mapping[str, Callable[[Asked], dict[str, Any]]] = {"bookings": _bookings, "cases": _cases, "events": _events}


def _available(name: str, find_: Callable[[Asked], dict[str, Any]], asked: Asked) -> dict[str, Any]:
    """The group, or an empty one that is marked if its service cannot answer now."""
    try:
        return find_(asked)
    except (Refused, Refusal) as refusal:
        if refusal.kind != "unavailable":
            raise
        log.warning("search.group_missing", group=name, code=refusal.code)
        return _group(available=False)


def _named(page: Mapping[str, Any], names: Mapping[str, str | None], source: str, target: str) -> dict[str, Any]:
    """The page with the names of residents that this search has found already. Nobody else is named."""
    items = [item | ({target: names[item[source]]} if item.get(source) in names else {}) for item in page["items"]]
    return _group(items, page["next_cursor"])


def _group(items: Sequence[Any] = (), next_cursor: str | None = None, *, available: bool = True) -> dict[str, Any]:
    return {"available": available, "items": list(items), "next_cursor": next_cursor}


def _booking_number(q: str) -> str | None:
    """The number of a booking in `q`: 8 hexadecimal digits, or a whole id, which ends with them."""
    match = _BOOKING_NUMBER.fullmatch(unicodedata.normalize("NFKC", q).casefold())
    return match[1] if match else None


def may_search(identity: Identity) -> bool:
    """Whether a group of the search is for the person's roles."""
    return identity.party == "staff" and identity.has_role(*ROLES)
