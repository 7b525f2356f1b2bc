"""What people look at."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from chassis.database.pagination import DEFAULT_LIMIT, Page, page
from chassis.rpc.call import Call
from chassis.rpc.refusal import Forbidden
from services.cases import storage
from services.cases.models import Case, Category, Channel, Department, Grid, HistoryEntry
from services.cases.use_cases.centre import community_of


def list_channels(call: Call) -> Sequence[Channel]:
    return storage.in_use(call.session, Channel)


def list_categories(call: Call) -> Sequence[Category]:
    return storage.in_use(call.session, Category)


def list_departments(call: Call) -> Sequence[Department]:
    return storage.in_use(call.session, Department)


def list_grids(call: Call) -> Sequence[Grid]:
    """The grids of the caller's community."""
    return storage.in_use(call.session, Grid, Grid.community_id == community_of(call))


def list_cases(
    call: Call,
    *,
    scope: str = "mine",
    state: str | None = None,
    category: str | None = None,
    grid_id: str | None = None,
    q: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Case]:
    """Newest first: one's own (`mine`), or those that one's role shows (`desk`). `q` is two or more characters of the
    text or address, or the beginning of a number. Raises Unauthenticated, Forbidden (desk), Invalid (cursor)."""
    call.acting.signed_in()
    if scope == "desk":
        call.acting.require_role(*storage.DESK_ROLES)
    within = storage.on_desk_of(call.acting) if scope == "desk" else storage.reported_by(call.acting)
    found = storage.cases_matching(within, state=state, category=category, grid_id=grid_id, q=q)
    return page(call.session, found, keys=[(Case.reported_at, "desc"), (Case.id, "desc")], limit=limit, cursor=cursor)


def get_case(call: Call, *, case_id: UUID) -> Case:
    """Raises CaseNotFound, also for what is not the caller's to see."""
    return storage.get_case(call.session, case_id, call.acting)


def find_photos(call: Call, *, photo_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Those of the photos that a case has, and whether that case is anonymous. For the gateway, which keeps photos of
    every community. Raises Forbidden."""
    if "gateway" not in call.acting.scopes:
        raise Forbidden(needs=["gateway"])
    having = call.session.execute(storage.cases_having(photo_ids))
    return {photo_id: case.anonymous for case in having for photo_id in case.photo_ids if photo_id in photo_ids}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A step of a case as one reader may see it."""

    version: int
    at: datetime
    action: str
    from_state: str | None
    to_state: str
    actor_id: UUID | None
    actor_party: str
    department: Department | None
    note: str | None
    public: bool


def get_case_history(call: Call, *, case_id: UUID, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[HistoryLine]:
    """Every step, oldest first. Staff at whose desk the case is read all of it; the reporter reads the public notes,
    and of staff only that it was staff. Raises CaseNotFound, Invalid (cursor)."""
    storage.get_case(call.session, case_id, call.acting)
    at_desk = storage.is_on_desk_of(call.session, case_id, call.acting)
    steps = page(
        call.session,
        select(HistoryEntry).where(HistoryEntry.case_id == case_id),
        keys=[(HistoryEntry.version, "asc")],
        limit=limit,
        cursor=cursor,
    )
    return Page([_line(entry, call.acting.account_id, at_desk) for entry in steps.items], steps.next_cursor)


def _line(entry: HistoryEntry, reader: str | None, at_desk: bool) -> HistoryLine:
    own = entry.actor_id is not None and str(entry.actor_id) == reader
    return HistoryLine(
        version=entry.version,
        at=entry.at,
        action=entry.action,
        from_state=entry.from_state,
        to_state=entry.to_state,
        actor_id=entry.actor_id if at_desk or own else None,
        actor_party=entry.actor_party,
        department=entry.department,
        note=entry.note if at_desk or entry.public else None,
        public=entry.public,
    )


def look_up_case(call: Call, *, number: str, token: str) -> Case:
    """The case behind a number and its lookup token, for whoever holds both. Raises CaseNotFound, the same for a wrong
    number and a wrong token."""
    return storage.case_by_token(call.session, number.strip().upper(), token)
