"""Limits of bookings. Everybody may read them, admins set them."""

from gateway.api.access import staff
from gateway.api.documentation import FIRST_ITEM, links
from gateway.api.resource import Resource
from services.booking.interface.limits import (
    ADD_LIMIT,
    CHANGE_LIMIT,
    END_LIMIT,
    GET_LIMIT,
    GET_LIMIT_PREVIEW,
    LIST_LIMIT_CHANGES,
    LIST_LIMITS,
)
from services.booking.interface.no_show_rules import GET_NO_SHOW_RULE, SET_NO_SHOW_RULE

limits = Resource("limits", "限额 · How much one resident or household may book")
_ADMIN = staff("admin")
_ONE = "/limits/<uuid:limit_id>"
_NEXT = ("getLimit", "changeLimit", "endLimit", "listLimitChanges")

limits.expose(LIST_LIMITS, "GET /limits", links=links("limit_id", *_NEXT, value=FIRST_ITEM))
limits.expose(ADD_LIMIT, "POST /limits", who=_ADMIN, created="/limits", links=links("limit_id", *_NEXT))
limits.expose(GET_LIMIT_PREVIEW, "POST /limits/preview", who=_ADMIN)
limits.expose(GET_LIMIT, f"GET {_ONE}")
limits.expose(CHANGE_LIMIT, f"PATCH {_ONE}", who=_ADMIN)
limits.expose(END_LIMIT, f"POST {_ONE}/end", who=_ADMIN)
limits.expose(LIST_LIMIT_CHANGES, f"GET {_ONE}/changes", who=_ADMIN, names={"actor_id": "actor_name"})
limits.expose(GET_NO_SHOW_RULE, "GET /communities/<community_id>/no-show-rule", refuses=(422,))
limits.expose(SET_NO_SHOW_RULE, "PUT /communities/<community_id>/no-show-rule", who=_ADMIN)
