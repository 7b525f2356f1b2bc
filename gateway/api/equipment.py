"""Equipment: what can be taken with a booking, handing out at the desk, and kinds and units for admins."""

from gateway.api.access import MAYBE_SIGNED_IN, SIGNED_IN, staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.equipment import CHANGE_BOOKING_EQUIPMENT, LIST_EQUIPMENT
from services.booking.interface.lending import GET_LENDING, HAND_OUT, TAKE_BACK
from services.booking.interface.managed_equipment import (
    ADD_EQUIPMENT,
    ADD_UNIT,
    CHANGE_EQUIPMENT,
    CHANGE_UNIT,
    GET_MANAGED_EQUIPMENT,
    LIST_MANAGED_EQUIPMENT,
    PREVIEW_EQUIPMENT,
    PREVIEW_UNIT,
)

equipment = Resource("equipment", "设备 · Equipment taken with bookings")
_ADMIN, _DESK, _CLERK = staff("admin"), staff("clerk", "supervisor", "grid_worker", "organiser"), staff("clerk", "grid_worker")
_KIND, _UNIT = "/managed-equipment/<uuid:kind_id>", "/equipment-units/<uuid:unit_id>"

equipment.expose(LIST_EQUIPMENT, "GET /spaces/<uuid:space_id>/equipment", who=MAYBE_SIGNED_IN)
equipment.expose(CHANGE_BOOKING_EQUIPMENT, "PUT /bookings/<uuid:booking_id>/equipment", who=SIGNED_IN)
equipment.expose(GET_LENDING, "GET /equipment-lending", who=_DESK, names={"resident_id": "resident_name"})
equipment.expose(
    HAND_OUT,
    "POST /bookings/<uuid:booking_id>/equipment-loans",
    who=_CLERK,
    status=201,
    links=links("loan_id", "takeBackEquipment"),
)
equipment.expose(TAKE_BACK, "POST /equipment-loans/<uuid:loan_id>/return", who=_CLERK)
_NEXT = ("getManagedEquipment", "changeEquipment", "addEquipmentUnit")
equipment.expose(LIST_MANAGED_EQUIPMENT, "GET /managed-equipment", who=_ADMIN, links=links("kind_id", *_NEXT, value=FIRST_ITEM))
equipment.expose(
    ADD_EQUIPMENT, "POST /managed-equipment", who=_ADMIN, created="/managed-equipment", links=links("kind_id", *_NEXT)
)
equipment.expose(GET_MANAGED_EQUIPMENT, f"GET {_KIND}", who=_ADMIN)
equipment.expose(CHANGE_EQUIPMENT, f"PATCH {_KIND}", who=_ADMIN)
equipment.expose(PREVIEW_EQUIPMENT, f"POST {_KIND}/preview", who=_ADMIN)
equipment.expose(ADD_UNIT, f"POST {_KIND}/units", who=_ADMIN, status=201, links=links("unit_id", "changeEquipmentUnit"))
equipment.expose(CHANGE_UNIT, f"PATCH {_UNIT}", who=_ADMIN)
equipment.expose(PREVIEW_UNIT, f"POST {_UNIT}/preview", who=_ADMIN)
