"""The equipment of 六一社区: numbered projectors and loudspeakers, and pools of chairs and chess sets."""

from typing import Any
from uuid import UUID

from chassis.demo import demo_id
from chassis.rpc.call import Call
from services.booking.equipment import storage
from services.booking.equipment.models import EquipmentKind, EquipmentUnit
from services.booking.equipment.taking import Wish
from services.booking.ledger.models import Resource

ROOMS = [
    demo_id("space", code)
    for code in ("activity-room", "activity-room-east", "activity-room-west", "reading-room", "maker-centre", "mediation-room")
]
KINDS: dict[str, dict[str, Any]] = {
    "projectors": {
        "name": {"zh-CN": "投影仪", "en": "Projector"},
        "description": {"zh-CN": "便携，带 HDMI 线。", "en": "Portable, with an HDMI cable."},
        "counted": "units",
        "turnover_minutes": 15,
        "min_notice_minutes": 60,
        "handed_out": True,
        "space_ids": ROOMS,
    },
    "speakers": {
        "name": {"zh-CN": "便携音箱", "en": "Portable loudspeaker"},
        "description": {"zh-CN": "带两支无线话筒。", "en": "With two wireless microphones."},
        "counted": "units",
        "turnover_minutes": 30,
        "handed_out": True,
        "deposit": {"zh-CN": "押身份证", "en": "Leave your identity card"},
    },
    "folding-chairs": {
        "name": {"zh-CN": "折叠椅", "en": "Folding chairs"},
        "description": {"zh-CN": "工作人员提前摆好。", "en": "Staff set them up."},
        "counted": "pool",
        "quantity": 40,
        "most_per_booking": 40,
        "turnover_minutes": 15,
        "space_ids": ROOMS,
    },
    "chess": {
        "name": {"zh-CN": "象棋", "en": "Chinese chess sets"},
        "counted": "pool",
        "quantity": 6,
        "most_per_booking": 4,
        "handed_out": True,
        "space_ids": ROOMS,
    },
}
# By kind: the labels, and what is wrong with one that is in repair.
UNITS: dict[str, dict[str, str | None]] = {
    "projectors": {"投影仪-1": None, "投影仪-2": None},
    "speakers": {"音箱-1": None, "音箱-2": "一支话筒没有声音"},
}
# What bookings of the demo want, by space and local start.
WANTED = {
    ("activity-room-east", "10:00"): {"projectors": 1, "folding-chairs": 30},
    ("reading-room", "10:00"): {"folding-chairs": 8},
    ("maker-centre", "10:00"): {"projectors": 1},
    ("activity-room", "18:00"): {"speakers": 1, "folding-chairs": 40},
}


def seed(call: Call) -> None:
    """Add the equipment. What exists already is not changed."""
    for code, about in KINDS.items():
        kind_id = demo_id("equipment", code)
        if call.session.get(EquipmentKind, kind_id) is None:
            call.session.add(EquipmentKind(id=kind_id, community_id="liuyi", **about))
    call.session.flush()
    for code, labels in UNITS.items():
        for label, broken in labels.items():
            _add_unit(call, demo_id("equipment", code), label, broken)
    call.session.flush()


def _add_unit(call: Call, kind_id: UUID, label: str, broken: str | None) -> None:
    unit_id = demo_id("equipment_unit", label)
    if call.session.get(EquipmentUnit, unit_id) is not None:
        return
    call.session.add(Resource(id=unit_id, community_id="liuyi", kind="unit"))
    call.session.flush()
    state = "in_repair" if broken else "in_use"
    unit = EquipmentUnit(id=unit_id, community_id="liuyi", kind_id=kind_id, label=label, state=state, note=broken)
    call.session.add(unit)


def wish(call: Call, space_code: str, start: str) -> Wish:
    """What the booking of the space from `start` (local, HH:MM) wants, under the locks of the kinds."""
    wanted = {demo_id("equipment", code): count for code, count in WANTED.get((space_code, start), {}).items()}
    if wanted:
        storage.lock_kinds(call.session, list(wanted))
    return wanted
