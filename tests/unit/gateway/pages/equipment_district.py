"""The equipment of the made-up district."""

from typing import Any

from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.answers import one, page
from tests.unit.gateway.pages.centre import Json

CHAIRS, PROJECTOR = centre.uid("equipment", "chairs"), centre.uid("equipment", "projector")
UNIT = centre.uid("unit", "projector-1")


def kind(**more: Any) -> Json:
    """Folding chairs, as an admin sees them."""
    return {
        "id": CHAIRS,
        "version": 1,
        "community_id": "liuyi",
        "name": {"zh-CN": "折叠椅", "en": "Folding chairs"},
        "description": None,
        "counted": "pool",
        "quantity": 40,
        "space_ids": [],
        "turnover_minutes": 0,
        "min_notice_minutes": 0,
        "most_per_booking": 30,
        "handed_out": False,
        "deposit": None,
        "active": True,
        "units": [],
        "free": 25,
    } | more


def projector(**more: Any) -> Json:
    unit = {"id": UNIT, "version": 3, "community_id": "liuyi", "kind_id": PROJECTOR, "label": "投影仪-1"}
    unit |= {"state": "in_use", "space_id": None, "note": None}
    about = {"id": PROJECTOR, "name": {"zh-CN": "投影仪", "en": "Projector"}, "counted": "units", "quantity": None}
    return kind(**about, most_per_booking=1, free=1, handed_out=True, units=[unit], **more)


class FakeEquipment:
    equipment: list[Json]
    lending: list[Json]
    sessions_lending: list[Json]
    overdue: list[Json]
    hits: list[Json]
    bookings: list[Json]

    def list_equipment(self, _p: Json, _c: Any) -> Json:
        return page(self.equipment)

    def change_booking_equipment(self, p: Json, _: Any) -> Json:
        return one(self.bookings, p["booking_id"])

    def list_managed_equipment(self, p: Json, _: Any) -> Json:
        return page(self.equipment, p)

    def get_managed_equipment(self, p: Json, _: Any) -> Json:
        return one(self.equipment, p["kind_id"])

    def add_equipment(self, _p: Json, _c: Any) -> Json:
        return self.equipment[0]

    def change_equipment(self, p: Json, _: Any) -> Json:
        return one(self.equipment, p["kind_id"])

    def preview_equipment(self, _p: Json, _c: Any) -> Json:
        return {"items": self.hits, "count": len(self.hits)}

    def preview_equipment_unit(self, _p: Json, _c: Any) -> Json:
        return {"items": self.hits, "count": len(self.hits)}

    def add_equipment_unit(self, _p: Json, _c: Any) -> Json:
        return dict(projector()["units"][0])

    def change_equipment_unit(self, _p: Json, _c: Any) -> Json:
        return dict(projector()["units"][0])

    def get_lending(self, _p: Json, _c: Any) -> Json:
        return {"items": self.lending, "sessions": self.sessions_lending, "overdue": self.overdue, "complete": True}

    def hand_out_equipment(self, p: Json, _: Any) -> Json:
        return loan(booking_id=p["booking_id"])

    def take_back_equipment(self, _p: Json, _c: Any) -> Json:
        return loan(returned_at=centre.NOW)


def loan(**more: Any) -> Json:
    return {
        "id": centre.uid("loan", "1"),
        "booking_id": centre.uid("booking", "wang-1"),
        "kind_id": PROJECTOR,
        "kind_name": {"zh-CN": "投影仪", "en": "Projector"},
        "unit_id": UNIT,
        "label": "投影仪-1",
        "quantity": 1,
        "handed_out_at": centre.NOW,
        "due_at": centre.at("16:00"),
        "returned_at": None,
        "missing": 0,
        "damage_note": None,
    } | more


def needed(**more: Any) -> Json:
    """What Wang's booking of a court needs."""
    return {
        "booking_id": centre.uid("booking", "wang-1"),
        "booking_number": "0000ABCD",
        "booking_state": "confirmed",
        "space_id": centre.uid("space", "badminton-1"),
        "space_name": {"zh-CN": "羽毛球1号场", "en": "Badminton court 1"},
        "resident_id": centre.uid("account", "wang"),
        "starts_at": centre.at("15:00"),
        "ends_at": centre.at("16:00"),
        "kind_id": PROJECTOR,
        "name": {"zh-CN": "投影仪", "en": "Projector"},
        "handed_out": True,
        "deposit": None,
        "quantity": 1,
        "state": "claimed",
        "labels": ["投影仪-1"],
        "loans": [],
    } | more
