"""Reading published cases, for everybody."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from services.cases.publication import storage
from services.cases.publication.models import AsPublished, PublishedStep


def list_public_cases(
    call: Call,
    *,
    limit: int,
    skip: int,
    case_ids: Sequence[UUID] | None = None,
    categories: Sequence[str] | None = None,
    over: bool | None = None,
    reported_from: datetime | None = None,
    reported_to: datetime | None = None,
    changed_from: datetime | None = None,
    changed_to: datetime | None = None,
    cursor: str | None = None,
) -> Page[AsPublished]:
    """The published cases of the communities that the caller looks at. `case_ids` overrides the other filters. Times are aware
    and inclusive. `skip` counts only without a cursor. Raises InvalidField (cursor)."""
    found = storage.list_cases(
        call.session,
        call.communities,
        case_ids=case_ids,
        categories=categories,
        over=over,
        reported=(reported_from, reported_to),
        changed=(changed_from, changed_to),
        skip=skip,
        limit=limit,
        cursor=cursor,
    )
    return Page([AsPublished(case) for case in found.items], found.next_cursor)


def list_public_steps(
    call: Call,
    *,
    limit: int,
    skip: int,
    case_ids: Sequence[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
) -> Page[PublishedStep]:
    """The steps of these cases, oldest first. Times are aware and inclusive. Raises InvalidField (cursor)."""
    found = storage.list_steps(
        call.session,
        call.communities,
        case_ids=case_ids,
        since=since,
        until=until,
        skip=skip,
        limit=limit,
        cursor=cursor,
    )
    gone = storage.taken_down(call.session, {entry.case_id for entry in found.items})
    return Page([PublishedStep(entry, taken_down=entry.case_id in gone) for entry in found.items], found.next_cursor)
