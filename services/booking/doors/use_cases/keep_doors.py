"""The keys of the displays beside doors. Admins of the space's community make and revoke them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.rpc.call import Call
from chassis.rpc.refusal import NotFound
from services.booking.calendar import revision
from services.booking.changes.recording import record
from services.booking.doors.codes import poster_code
from services.booking.managed_spaces import storage
from services.booking.managed_spaces import use_cases as managed
from services.booking.spaces.models import Space


@dataclass(frozen=True, slots=True)
class DoorKeys:
    """The address of a display, and the code of a poster."""

    id: UUID
    community_id: str
    door_key: str | None
    door_check_in: str
    poster_code: str | None

    @classmethod
    def of(cls, space: Space) -> "DoorKeys":
        return cls(space.id, space.community_id, space.door_key, space.door_check_in, poster_code(space))


def get_door_keys(call: Call, *, space_id: UUID) -> DoorKeys:
    """Raises Unauthenticated, Forbidden, NotFound."""
    return DoorKeys.of(managed.get_managed_space(call, space_id=space_id))


def renew_door(call: Call, *, space_id: UUID) -> DoorKeys:
    """A first or another address for the display. Raises Unauthenticated, Forbidden, NotFound."""
    space = _lock(call, space_id)
    space.renew_door()
    _record(call, space, "made")
    return DoorKeys.of(space)


def close_door(call: Call, *, space_id: UUID) -> DoorKeys:
    """No display any more. Closing a door without one changes nothing. Raises Unauthenticated, Forbidden, NotFound."""
    space = _lock(call, space_id)
    if space.door_key is not None:
        space.close_door()
        _record(call, space, "revoked")
    return DoorKeys.of(space)


def _lock(call: Call, space_id: UUID) -> Space:
    known = managed.get_managed_space(call, space_id=space_id)
    revision.begin_change(call.session, known.community_id)
    space = storage.lock_space(call.session, space_id)
    if space is None:
        raise NotFound(space_id=str(space_id))
    return space


def _record(call: Call, space: Space, what: str) -> None:
    """The history has no keys, because more people read it than may see displays."""
    before, after = {"door_display": None}, {"door_display": what}
    about: dict[str, Any] = {"community_id": space.community_id, "version": space.version}
    record(call, "space", str(space.id), "changed", **about, before=before, after=after)
