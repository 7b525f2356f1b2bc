"""Spaces, which everybody may see."""

from uuid import UUID

from chassis.database.pagination import Page, page
from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking import storage
from services.booking.access import community_of
from services.booking.models import Space


def list_spaces(
    call: Call, *, section: str | None, kind: str | None, q: str | None, limit: int, cursor: str | None
) -> Page[Space]:
    """Spaces of the caller's community, by code."""
    found = storage.spaces(community_of(call.acting), section, kind, q)
    return page(call.session, found, keys=[(Space.code, "asc")], limit=limit, cursor=cursor)


def get_space(call: Call, *, space_id: UUID) -> Space:
    """Raises NotFound."""
    if (space := storage.find_space(call.session, space_id)) is None:
        raise NotFound(space_id=str(space_id))
    return space
