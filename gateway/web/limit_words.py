"""Limits in the words of the pages."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, ngettext

from gateway.web import times


def left_of(limit: Mapping[str, Any]) -> str:
    """还剩 1 次 / 1 booking left, or what says that nothing is left."""
    if not limit["left"]:
        return gettext("已用完")
    if limit["measure"] == "minutes":
        return gettext("还剩 %(time)s", time=times.minutes(limit["left"]))
    return ngettext("还剩 %(num)d 次", "还剩 %(num)d 次", limit["left"])
