"""Spaces and closures for admins of their community, and who changed what."""

from gateway.api.access import staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from gateway.operations import staff_of_spaces
from services.booking.interface.changes import LIST_CALENDAR_CHANGES
from services.booking.interface.closures import (
    BLOCK_TIME,
    CLOSE_SPACES,
    END_CLOSURE,
    GET_CLOSURE,
    LIST_CLOSURES,
    PREVIEW_CLOSURE,
)
from services.booking.interface.managed_spaces import (
    ADD_SPACE,
    CHANGE_SPACE,
    GET_MANAGED_SPACE,
    LIST_MANAGED_SPACES,
    PREVIEW_NEW_SPACE,
    PREVIEW_SPACE,
)
from services.booking.interface.single_days import (
    LIST_CALENDAR_DAYS,
    LIST_DAY_HOURS,
    PREVIEW_CALENDAR_DAY,
    PREVIEW_DAY_HOURS,
    REMOVE_DAY_HOURS,
    RESET_CALENDAR_DAY,
    SET_CALENDAR_DAY,
    SET_DAY_HOURS,
)

managed_spaces = Resource("managed-spaces", "场地管理 · Spaces, hours and closures for admins")
_ADMIN = staff("admin")
_CLERK = staff("clerk")
_DESK = staff("clerk", "supervisor", "grid_worker", "organiser")
_SPACE = "/managed-spaces/<uuid:space_id>"
_CLOSURE = "/closures/<uuid:closure_id>"
_DAY = "/calendar-days/<day>"
_HOURS = f"{_SPACE}/day-hours/<day>"

managed_spaces.expose(
    LIST_MANAGED_SPACES,
    "GET /managed-spaces",
    who=_ADMIN,
    links=links(
        "space_id",
        "getManagedSpace",
        "changeSpace",
        "putSpacePhotos",
        "getDoorKeys",
        "renewDoor",
        "closeDoor",
        value=FIRST_ITEM,
    ),
)
managed_spaces.expose(
    ADD_SPACE,
    "POST /managed-spaces",
    who=_ADMIN,
    created="/managed-spaces",
    send=staff_of_spaces.add_space,
    links=links("space_id", "getManagedSpace"),
)
managed_spaces.expose(GET_MANAGED_SPACE, f"GET {_SPACE}", who=_ADMIN)
managed_spaces.expose(CHANGE_SPACE, f"PATCH {_SPACE}", who=_ADMIN, send=staff_of_spaces.change_space)
managed_spaces.expose(PREVIEW_NEW_SPACE, "POST /managed-spaces/preview", who=_ADMIN, send=staff_of_spaces.preview_new_space)
managed_spaces.expose(PREVIEW_SPACE, f"POST {_SPACE}/preview", who=_ADMIN, send=staff_of_spaces.preview_space)
managed_spaces.expose(
    LIST_CLOSURES, "GET /closures", who=_DESK, links=links("closure_id", "getClosure", "endClosure", value=FIRST_ITEM)
)
managed_spaces.expose(
    CLOSE_SPACES, "POST /closures", who=_ADMIN, created="/closures", links=links("closure_id", "getClosure", "endClosure")
)
managed_spaces.expose(PREVIEW_CLOSURE, "POST /closures/preview", who=_ADMIN, names={"resident_id": "resident_name"})
managed_spaces.expose(GET_CLOSURE, f"GET {_CLOSURE}", who=_DESK)
managed_spaces.expose(
    BLOCK_TIME, "POST /blocked-times", who=_CLERK, created="/closures", links=links("closure_id", "getClosure", "endClosure")
)
managed_spaces.expose(END_CLOSURE, f"POST {_CLOSURE}/end", who=_CLERK)
managed_spaces.expose(LIST_CALENDAR_DAYS, "GET /calendar-days", who=_ADMIN)
managed_spaces.expose(SET_CALENDAR_DAY, f"PUT {_DAY}", who=_ADMIN)
managed_spaces.expose(RESET_CALENDAR_DAY, f"DELETE {_DAY}", who=_ADMIN)
managed_spaces.expose(PREVIEW_CALENDAR_DAY, f"POST {_DAY}/preview", who=_ADMIN)
managed_spaces.expose(LIST_DAY_HOURS, f"GET {_SPACE}/day-hours", who=_ADMIN)
managed_spaces.expose(SET_DAY_HOURS, f"PUT {_HOURS}", who=_ADMIN)
managed_spaces.expose(REMOVE_DAY_HOURS, f"DELETE {_HOURS}", who=_ADMIN)
managed_spaces.expose(PREVIEW_DAY_HOURS, f"POST {_HOURS}/preview", who=_ADMIN)
managed_spaces.expose(LIST_CALENDAR_CHANGES, "GET /calendar-changes", who=_ADMIN, names={"actor_id": "actor_name"})
