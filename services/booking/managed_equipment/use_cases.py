"""See, add and change equipment, and see which bookings a change would hit. Admins of its community may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.database.pagination import Page
from chassis.rpc.call import Call
from chassis.rpc.communities import Communities
from chassis.rpc.refusal import InvalidField, NotFound
from chassis.rpc.rules import REQUIRED, UNKNOWN
from services.booking.access import ADMIN, administers
from services.booking.changes.recording import record
from services.booking.equipment.models import EquipmentKind, EquipmentUnit
from services.booking.interface.equipment_refusals import LabelTaken
from services.booking.interface.managed_equipment import MOST_AFFECTED, MOST_UNITS
from services.booking.ledger.models import Resource
from services.booking.managed_equipment import storage
from services.booking.managed_equipment.sharing_out import Share, who_loses
from services.booking.spaces import storage as spaces

# What an admin writes, and what the history shows.
WRITTEN = (
    "name",
    "description",
    "quantity",
    "space_ids",
    "turnover_minutes",
    "min_notice_minutes",
    "most_per_booking",
    "handed_out",
    "deposit",
    "active",
)
WRITTEN_OF_UNIT = ("label", "state", "space_id", "note")
MOST_COUNTED = 2000  # bookings to come that a preview looks at


@dataclass(frozen=True, slots=True)
class KindWithUnits:
    """A kind, with its units by label."""

    kind: EquipmentKind
    units: Sequence[EquipmentUnit]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kind, name)


@dataclass(frozen=True, slots=True)
class Affected:
    """A booking to come, or a session of a club event (without booking), and whether it would lose `quantity` things or get
    another unit."""

    booking_id: UUID | None
    space_name: Mapping[str, Any]
    starts_at: datetime
    ends_at: datetime
    quantity: int
    lost: bool


@dataclass(frozen=True, slots=True)
class EquipmentPreview:
    """The first `items` of `count` bookings and sessions."""

    items: Sequence[Affected]
    count: int


def list_managed_equipment(
    call: Call,
    *,
    limit: int,
    community_id: str | None = None,
    state: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
) -> Page[EquipmentKind]:
    """Of the communities in which the caller is an admin. Raises Unauthenticated, Forbidden, InvalidField."""
    call.acting.require_role(ADMIN)
    communities = call.acting.reach
    if community_id is not None:
        communities = _administered(call, community_id)
    active = None if state is None else state == "active"
    return storage.list_kinds(call.session, communities=communities, active=active, q=q, limit=limit, cursor=cursor)


def get_managed_equipment(call: Call, *, kind_id: UUID) -> KindWithUnits:
    """Raises Unauthenticated, Forbidden, or NotFound for equipment of a community in which the caller is no admin."""
    return _with_units(call, _kind(call, kind_id))


def add_equipment(call: Call, *, community_id: str, counted: str, **values: Any) -> KindWithUnits:
    """A new kind. Raises Unauthenticated, Forbidden, InvalidField, NotFound for a space that the community does not have."""
    call.acting.require_role(ADMIN)
    _administered(call, community_id)
    if counted == "units":
        values.pop("quantity", None)
    elif values.get("quantity") is None:
        raise InvalidField(REQUIRED, "quantity")
    _check_spaces(call, community_id, values.get("space_ids", ()))
    kind = EquipmentKind(community_id=community_id, counted=counted, **values)
    call.session.add(kind)
    call.session.flush()
    _record(call, kind, "created", None)
    return _with_units(call, kind)


def change_equipment(call: Call, *, kind_id: UUID, expected_version: int | None = None, **values: Any) -> KindWithUnits:
    """Change what is given. With fewer things, those who asked last lose theirs, and are told by the job; with more, those who
    had lost theirs get them. Raises Unauthenticated, Forbidden, NotFound, VersionMismatch."""
    kind = _kind(call, kind_id, lock=True)
    kind.expect_version(expected_version)
    before, had = _state(kind), kind.quantity
    if kind.counted == "units":
        values.pop("quantity", None)
    _check_spaces(call, kind.community_id, values.get("space_ids", ()))
    for name, value in values.items():
        setattr(kind, name, value)
    if _state(kind) == before:
        return _with_units(call, kind)
    kind.changed()
    if kind.quantity is not None and had is not None and kind.quantity != had:
        storage.give_again(call.session, kind, call.now, all_of_pool=kind.quantity < had)
    _record(call, kind, "changed", before)
    return _with_units(call, kind)


def preview_equipment(call: Call, *, kind_id: UUID, quantity: int) -> EquipmentPreview:
    """Who would lose equipment if there were only so many. Changes nothing. Raises Unauthenticated, Forbidden, NotFound."""
    kind = _kind(call, kind_id)
    rows = storage.coming_uses(call.session, kind, call.now, MOST_COUNTED)
    shares = [
        Share(use.quantity, use.during.lower, use.during.upper, keeps=use.during.lower <= call.now)
        for use, *_ in rows
        if use.during is not None and use.during.lower is not None and use.during.upper is not None
    ]
    lost = who_loses(shares, quantity)
    items = [
        Affected(use.booking_id, space.name, starts_at, ends_at, use.quantity, True)
        for n, (use, starts_at, ends_at, space) in enumerate(rows)
        if n in lost
    ]
    return EquipmentPreview(items[:MOST_AFFECTED], len(items))


def add_equipment_unit(call: Call, *, kind_id: UUID, label: str, space_id: UUID | None = None) -> EquipmentUnit:
    """A new unit, which bookings that have lost theirs get. Raises Unauthenticated, Forbidden, NotFound, NotNumbered,
    InvalidField for too many, LabelTaken."""
    kind = _kind(call, kind_id, lock=True)
    kind.check_numbered()
    community = Communities.only(kind.community_id)
    if storage.has_label(call.session, community, label):
        raise LabelTaken()
    if len(storage.units_of(call.session, kind_id)) >= MOST_UNITS:
        raise InvalidField(UNKNOWN, "kind_id")
    _check_spaces(call, kind.community_id, [space_id] if space_id else ())
    unit = EquipmentUnit(community_id=kind.community_id, kind_id=kind.id, label=label, space_id=space_id, state="in_use")
    call.session.add(Resource(id=unit.id, community_id=unit.community_id, kind="unit"))
    call.session.flush()
    call.session.add(unit)
    storage.give_again(call.session, kind, call.now)
    _record_unit(call, unit, "created", None)
    return unit


def change_equipment_unit(call: Call, *, unit_id: UUID, expected_version: int | None = None, **values: Any) -> EquipmentUnit:
    """Change what is given. Bookings to come get another unit, or lose it and are told by the job, if it is no longer in use.
    Raises Unauthenticated, Forbidden, NotFound, VersionMismatch, LabelTaken."""
    kind, unit = _unit(call, unit_id, lock=True)
    unit.expect_version(expected_version)
    before = _state_of_unit(unit)
    if "label" in values and storage.has_label(call.session, Communities.only(unit.community_id), values["label"], but=unit.id):
        raise LabelTaken()
    _check_spaces(call, unit.community_id, [values["space_id"]] if values.get("space_id") else ())
    for name, value in values.items():
        setattr(unit, name, value)
    if _state_of_unit(unit) != before:
        unit.changed()
        storage.give_again(call.session, kind, call.now)
        _record_unit(call, unit, "changed", before)
    return unit


def preview_equipment_unit(call: Call, *, unit_id: UUID) -> EquipmentPreview:
    """The bookings that would lose the unit, and whether another is free for each of them alone. Raises Unauthenticated,
    Forbidden, NotFound."""
    _, unit = _unit(call, unit_id)
    rows = storage.uses_of_unit(call.session, unit, call.now, MOST_COUNTED)
    items = [
        Affected(use.booking_id, space.name, starts_at, ends_at, use.quantity, free < 1)
        for use, starts_at, ends_at, space, free in rows
    ]
    return EquipmentPreview(items[:MOST_AFFECTED], len(items))


def _administered(call: Call, community_id: str) -> Communities:
    if not administers(call.acting, community_id):
        raise InvalidField(UNKNOWN, "community_id")
    return Communities.only(community_id)


def _kind(call: Call, kind_id: UUID, *, lock: bool = False) -> EquipmentKind:
    call.acting.require_role(ADMIN)
    kind = storage.lock_kind(call.session, kind_id, call.now) if lock else storage.find_kind(call.session, kind_id)
    if kind is None or not administers(call.acting, kind.community_id):
        raise NotFound(kind_id=str(kind_id))
    return kind


def _unit(call: Call, unit_id: UUID, *, lock: bool = False) -> tuple[EquipmentKind, EquipmentUnit]:
    """The unit and its kind. The lock of the kind is enough for both."""
    call.acting.require_role(ADMIN)
    unit = storage.find_unit(call.session, unit_id)
    if unit is None or not administers(call.acting, unit.community_id):
        raise NotFound(unit_id=str(unit_id))
    kind = _kind(call, unit.kind_id, lock=lock)
    if lock:
        call.session.refresh(unit)
    return kind, unit


def _check_spaces(call: Call, community_id: str, space_ids: Sequence[UUID]) -> None:
    """Raises NotFound for a space that the community does not have."""
    known = spaces.find_spaces(call.session, Communities.only(community_id), space_ids) if space_ids else []
    for space_id in set(space_ids) - {space.id for space in known}:
        raise NotFound(space_id=str(space_id))


def _with_units(call: Call, kind: EquipmentKind) -> KindWithUnits:
    return KindWithUnits(kind, storage.units_of(call.session, kind.id))


def _state(kind: EquipmentKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in WRITTEN} | {"space_ids": [str(one) for one in kind.space_ids]}


def _state_of_unit(unit: EquipmentUnit) -> dict[str, Any]:
    state = {name: getattr(unit, name) for name in WRITTEN_OF_UNIT}
    return state | {"space_id": str(unit.space_id) if unit.space_id else None}


def _record(call: Call, kind: EquipmentKind, action: str, before: Mapping[str, Any] | None) -> None:
    about: dict[str, Any] = {"community_id": kind.community_id, "version": kind.version}
    record(call, "equipment", str(kind.id), action, **about, before=before, after=_state(kind))


def _record_unit(call: Call, unit: EquipmentUnit, action: str, before: Mapping[str, Any] | None) -> None:
    about: dict[str, Any] = {"community_id": unit.community_id, "version": unit.version}
    record(call, "equipment_unit", str(unit.id), action, **about, before=before, after=_state_of_unit(unit))
