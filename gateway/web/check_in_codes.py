"""The QR codes of check-in, drawn for pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext
from markupsafe import Markup

from gateway.operations.check_in_codes import code_of
from gateway.web import qr, times


def is_open(booking: Mapping[str, Any], now: datetime) -> bool:
    """Whether somebody can still check in, and need to."""
    is_unused = booking["state"] == "confirmed" and not booking.get("checked_in_at")
    return is_unused and times.local(booking["ends_at"]) > now


def drawn(booking: Mapping[str, Any]) -> Markup:
    """The code that the desk scans."""
    address = url_for("pages.scanned_code", code=code_of(booking["id"]), _external=True)
    return qr.svg(address, gettext("签到二维码"))
