"""The display beside the door of a space: its address, and a poster to print."""

from typing import Any

from flask import Response, abort, flash, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from gateway.calls import client
from gateway.http import community
from gateway.web import qr
from gateway.web.blueprint import pages
from gateway.web.guards import for_roles, redirect_to

_STEPS: dict[str, Any] = {
    "renew": (client.booking.renew_door, _l("门口屏幕有了新地址，旧地址和旧海报已失效。")),
    "close": (client.booking.close_door, _l("已停用门口屏幕，旧地址和旧海报已失效。")),
}


@pages.get("/admin/spaces/<uuid:space_id>/door")
@for_roles("admin")
def admin_door(space_id: str) -> str:
    known = client.booking.get_managed_space(space_id=space_id)
    community.show_of(known["community_id"])
    keys = client.booking.get_door_keys(space_id=space_id)
    address = url_for("pages.door", door_key=keys["door_key"], _external=True) if keys["door_key"] else None
    return render_template("admin_door.html", known=known, keys=keys, address=address)


@pages.post(f"/admin/spaces/<uuid:space_id>/door/<any({','.join(_STEPS)}):step>")
@for_roles("admin")
def admin_change_door(space_id: str, step: str) -> Response:
    verb, said = _STEPS[step]
    verb(space_id=space_id)
    flash(str(said), "good")
    return redirect_to("pages.admin_door", space_id=space_id)


@pages.get("/admin/spaces/<uuid:space_id>/door/poster")
@for_roles("admin")
def admin_door_poster(space_id: str) -> str:
    """To print and to put up where there is no tablet."""
    known = client.booking.get_managed_space(space_id=space_id)
    community.show_of(known["community_id"])
    code = client.booking.get_door_keys(space_id=space_id)["poster_code"]
    if code is None:
        abort(404)
    address = url_for("pages.at_door", door_code=code, _external=True)
    return render_template("door_poster.html", known=known, drawn=qr.svg(address, gettext("签到二维码")))
