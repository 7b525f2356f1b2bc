"""See spaces. Everybody may."""

from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.spaces import storage
from services.booking.spaces.models import Space


def list_spaces(
    call: Call,
    *,
    limit: int,
    section: str | None = None,
    kind: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[Space]:
    """Spaces in use of the communities that the caller looks at, sorted by code."""
    return storage.list_spaces(
        call.session,
        communities=call.communities,
        section=section,
        kind=kind,
        q=q,
        limit=limit,
        cursor=cursor,
    )


def get_space(call: Call, *, space_id: UUID) -> Space:
    """Raises NotFound."""
    if (space := storage.find_space(call.session, space_id)) is None:
        raise NotFound(space_id=str(space_id))
    return space
