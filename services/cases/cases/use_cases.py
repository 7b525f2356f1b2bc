"""Reading cases: your own, those on your desk, or one by its lookup token."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from services.cases.access import DESK
from services.cases.cases import storage
from services.cases.cases.history_lines import HistoryLine, line_for
from services.cases.cases.models import Case
from services.cases.interface.refusals import CaseNotFound


def list_cases(
    call: Call,
    *,
    scope: str,
    limit: int,
    state: str | None = None,
    category: str | None = None,
    grid_id: str | None = None,
    handler_id: UUID | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[Case]:
    """Newest first. `scope` is `mine` (the caller's own cases) or `desk` (those that the caller's roles show). `q` is at
    least two characters of the text or address, or the beginning of a number. Raises Unauthenticated, Forbidden (desk),
    InvalidField (cursor)."""
    call.acting.signed_in()
    if scope == "desk":
        call.acting.require_role(*DESK)
    return storage.list_cases(
        call.session,
        call.acting,
        scope=scope,
        state=state,
        category=category,
        grid_id=grid_id,
        handler_id=handler_id,
        q=q,
        limit=limit,
        cursor=cursor,
    )


def get_case(call: Call, *, case_id: UUID) -> Case:
    """Raises CaseNotFound, also for a case that the caller may not see."""
    return visible_case(call, case_id)


def get_case_history(call: Call, *, case_id: UUID, limit: int, cursor: str | None = None) -> Page[HistoryLine]:
    """Every step, oldest first. Staff who have the case on their desk read everything. The reporter reads public notes,
    and not which member of staff acted. Raises CaseNotFound, InvalidField (cursor)."""
    visible_case(call, case_id)
    on_desk = storage.is_on_desk_of(call.session, case_id, call.acting)
    entries = storage.list_history(call.session, case_id, limit=limit, cursor=cursor)
    return Page([line_for(entry, call.acting, on_desk=on_desk) for entry in entries.items], entries.next_cursor)


def look_up_case(call: Call, *, number: str, token: str) -> Case:
    """The case with this number and lookup token, for everybody who has both. Raises CaseNotFound, which does not tell a
    wrong number from a wrong token."""
    if (case := storage.find_case_by_token(call.session, number.upper(), token)) is None:
        raise CaseNotFound()
    return case


def visible_case(call: Call, case_id: UUID, *, lock: bool = False) -> Case:
    """The case, if the caller may see it. With `lock`, other changes of it wait. Raises CaseNotFound."""
    if (case := storage.find_case(call.session, case_id, call.acting, lock=lock)) is None:
        raise CaseNotFound()
    return case
