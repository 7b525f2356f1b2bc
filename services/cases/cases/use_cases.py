"""Reading cases: your own, and those on your desk."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from services.cases.access import DESK, READ
from services.cases.cases import storage
from services.cases.cases.history_lines import HistoryLine, line_for
from services.cases.cases.models import Case
from services.cases.cases.visibility import WithoutPersonalData, as_seen_by
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
    assigned: str | None = None,
    open: bool | None = None,
    satisfied: bool | None = None,
    reported_before: datetime | None = None,
    community_id: str | None = None,
    order: str = "newest",
    q: str | None = None,
    cursor: str | None = None,
) -> Page[Case | WithoutPersonalData]:
    """`order` says whether the newest or the oldest come first. `scope` is `mine` (the caller's own cases) or `desk` (those
    that the caller's roles or rights show). `assigned` is `me` or `my_grids`. `q` is one or more characters of the text or
    address, or the beginning of a number. Raises Unauthenticated, Forbidden (desk), InvalidField (cursor)."""
    _check_may_list(call, scope)
    found = storage.list_cases(
        call.session,
        call.acting,
        scope=scope,
        state=state,
        category=category,
        grid_id=grid_id,
        handler_id=handler_id,
        assigned=assigned,
        open=open,
        satisfied=satisfied,
        reported_before=reported_before,
        community_id=community_id,
        order=order,
        q=q,
        limit=limit,
        cursor=cursor,
    )
    return Page([as_seen_by(call.acting, case) for case in found.items], found.next_cursor)


def search_cases(
    call: Call,
    *,
    limit: int,
    q: str | None = None,
    reporter_ids: Sequence[UUID] = (),
    cursor: str | None = None,
) -> Page[Case]:
    """Cases on the caller's desk that `q` finds (as in list_cases) or that one of `reporter_ids` reported, newest first. An
    unnamed report is not found by its reporter. Raises Unauthenticated, Forbidden, InvalidField (cursor)."""
    call.acting.require_role(*DESK)
    return storage.search_cases(call.session, call.acting, q=q, reporter_ids=reporter_ids, limit=limit, cursor=cursor)


def get_case(call: Call, *, case_id: UUID) -> Case | WithoutPersonalData:
    """Raises CaseNotFound, also for a case that the caller may not see."""
    return as_seen_by(call.acting, visible_case(call, case_id))


def get_case_history(call: Call, *, case_id: UUID, limit: int, cursor: str | None = None) -> Page[HistoryLine]:
    """Every step, oldest first. Staff who have the case on their desk read everything. The reporter reads public notes,
    and not which member of staff acted. A system that is not the reporter reads no notes. Raises CaseNotFound, InvalidField
    (cursor)."""
    case = visible_case(call, case_id)
    on_desk = storage.is_on_desk_of(call.session, case_id, call.acting)
    notes = call.acting.system_id is None or case.is_reported_by(call.acting)
    entries = storage.list_history(call.session, case_id, limit=limit, cursor=cursor)
    lines = [line_for(entry, call.acting, on_desk=on_desk, notes=notes) for entry in entries.items]
    return Page(lines, entries.next_cursor)


def list_own_steps(call: Call, *, limit: int, cursor: str | None = None) -> Page[HistoryLine]:
    """The steps of all cases that the caller reported, as the reporter reads them. Raises Unauthenticated, InvalidField
    (cursor)."""
    call.acting.signed_in()
    entries = storage.list_steps_of_own(call.session, call.acting, limit=limit, cursor=cursor)
    return Page([line_for(entry, call.acting, on_desk=False) for entry in entries.items], entries.next_cursor)


def visible_case(call: Call, case_id: UUID, *, lock: bool = False) -> Case:
    """The case, if the caller may see it. With `lock`, other changes of it wait. Raises CaseNotFound."""
    if (case := storage.find_case(call.session, case_id, call.acting, lock=lock)) is None:
        raise CaseNotFound()
    return case


def _check_may_list(call: Call, scope: str) -> None:
    """Raises Unauthenticated or Forbidden. A system may always list its own cases."""
    if call.acting.system_id is not None:
        if scope == "desk":
            call.acting.require_right(READ)
        return
    call.acting.signed_in()
    if scope == "desk":
        call.acting.require_role(*DESK)
