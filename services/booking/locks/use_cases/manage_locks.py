"""Admins of a community add and change its locks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import UNKNOWN
from services.booking.access import ADMIN, administers
from services.booking.interface.locks import HTTP, NEEDS_DEVICE, NO_DEVICE, UNKNOWN_BRIDGE, DeviceTaken
from services.booking.locks import storage
from services.booking.locks.models import DoorLock, LockState
from services.booking.settings import booking_settings


@dataclass(frozen=True, slots=True)
class LockShown:
    """A lock, and how it stands with its bridge. Times are aware."""

    id: UUID
    version: int
    community_id: str
    name: dict[str, Any]
    kind: str
    bridge: str | None
    device: str | None
    active: bool
    failing_since: datetime | None
    problem: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class BridgeShown:
    name: str


def list_locks(call: Call, *, limit: int, cursor: str | None = None) -> Page[LockShown]:
    """Of the communities in which the caller is an admin. Raises Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(ADMIN)
    found = storage.list_locks(call.session, communities=call.acting.reach, limit=limit, cursor=cursor)
    states = storage.states_of(call.session, [lock.id for lock in found.items])
    return Page([_shown(lock, states.get(lock.id)) for lock in found.items], found.next_cursor)


def get_lock_bridges(call: Call) -> Sequence[BridgeShown]:
    """Those of the communities in which the caller is an admin. Raises Unauthenticated, Forbidden."""
    call.acting.require_role(ADMIN)
    return [BridgeShown(name) for name in booking_settings().bridges_for(call.acting.reach)]


def get_lock(call: Call, *, lock_id: UUID) -> LockShown:
    """Raises Unauthenticated, Forbidden, NotFound."""
    lock = _own(call, storage.find_lock(call.session, lock_id), lock_id)
    return _shown(lock, storage.states_of(call.session, [lock_id]).get(lock_id))


def add_lock(call: Call, *, community_id: str, kind: str, **values: Any) -> LockShown:
    """Raises Unauthenticated, Forbidden, InvalidField, DeviceTaken."""
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    lock = DoorLock(community_id=community_id, kind=kind, **values)
    _store(call, lock)
    state = LockState(lock_id=lock.id, community_id=community_id)
    call.session.add(state)
    call.session.flush()
    return _shown(lock, state)


def change_lock(call: Call, *, lock_id: UUID, expected_version: int | None = None, **values: Any) -> LockShown:
    """Change what is given. Another device is told its codes soon; one that was given up keeps what it has until its codes end,
    so take a lock out of use first. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, InvalidField, DeviceTaken."""
    lock = _own(call, storage.find_lock(call.session, lock_id, for_change=True), lock_id)
    lock.expect_version(expected_version)
    before = lock.bridge, lock.device
    if any(getattr(lock, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(lock, name, value)
        lock.changed()
        _store(call, lock)
    state = storage.lock_state(call.session, lock_id)
    if state is not None and before != (lock.bridge, lock.device):
        state.change_device()
    return _shown(lock, state)


def _store(call: Call, lock: DoorLock) -> None:
    """Raises InvalidField, DeviceTaken."""
    reached = bool(lock.bridge), bool(lock.device)
    if lock.kind == HTTP and not all(reached):
        raise InvalidField(NEEDS_DEVICE, "device" if lock.bridge else "bridge")
    if lock.kind != HTTP and any(reached):
        raise InvalidField(NO_DEVICE, "device" if lock.device else "bridge")
    if lock.bridge is not None and lock.bridge not in booking_settings().bridges_for(Communities.only(lock.community_id)):
        raise InvalidField(UNKNOWN_BRIDGE, "bridge")
    try:
        with call.session.begin_nested():
            call.session.add(lock)
            call.session.flush()
    except IntegrityError as error:
        if "door_lock_device" not in str(error.orig):
            raise
        raise DeviceTaken() from None


def _own(call: Call, lock: DoorLock | None, lock_id: UUID) -> DoorLock:
    call.acting.require_role(ADMIN)
    if lock is None or not administers(call.acting, lock.community_id):
        raise NotFound(lock_id=str(lock_id))
    return lock


def _shown(lock: DoorLock, state: LockState | None) -> LockShown:
    return LockShown(
        id=lock.id,
        version=lock.version,
        community_id=lock.community_id,
        name=lock.name,
        kind=lock.kind,
        bridge=lock.bridge,
        device=lock.device,
        active=lock.active is not False,  # one that is not stored yet has no default
        failing_since=state.failing_since if state else None,
        problem=state.problem if state else None,
        told_at=state.told_at if state else None,
    )
