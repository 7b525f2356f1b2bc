"""Which staff hear of the bookings of a space, for admins."""

from datetime import time
from typing import Any

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TimeField, validators

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.web import people
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, options, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.labels import label
from gateway.web.service_calls import Json
from services.booking.interface.staff_told import TOLD


class StaffToldForm(PageForm):
    """A list of colleagues for each of TOLD."""

    new = Checkboxes("")
    changes = Checkboxes("")
    requests = Checkboxes("")
    no_shows = Checkboxes("")
    tomorrow = Checkboxes("")
    list_at = TimeField(
        _l("次日清单发送时间"), [validators.Optional()], description=_l("例如 18:00。之后到半夜有变动，会再发一次。")
    )
    list_if_none = BooleanField(_l("第二天没有预约也发"))

    def set_choices(self, community_id: str) -> None:
        colleagues = options(people.colleagues_in(community_id))
        for about in TOLD:
            self._fields[about].choices = colleagues
            self._fields[about].label.text = label(TOLD, about)

    def rows(self) -> list[tuple[str, list[tuple[str, Any, str]]]]:
        """For each colleague the name, and a checkbox with its column and id for each of TOLD."""
        columns = [(self._fields[about].label.text, list(self._fields[about])) for about in TOLD]
        return [
            (str(box.label.text), [(title, boxes[number], str(boxes[number].id)) for title, boxes in columns])
            for number, box in enumerate(columns[0][1])
        ]

    def said(self) -> dict[str, Any]:
        """The fields of booking.change_space. The form must be valid."""
        return {
            "staff_told": {about: self._fields[about].data for about in TOLD},
            "list_at": self.list_at.data.strftime("%H:%M") if self.list_at.data else None,
            "list_if_none": self.list_if_none.data,
        }


@pages.get("/admin/spaces/<uuid:space_id>/told")
@for_roles("admin")
def admin_staff_told(space_id: str) -> str:
    known = client.booking.get_managed_space(space_id=space_id)
    at = known["list_at"] and time.fromisoformat(known["list_at"])
    return _page(known, StaffToldForm(**known["staff_told"], list_at=at, list_if_none=known["list_if_none"]))


@pages.post("/admin/spaces/<uuid:space_id>/told")
@for_roles("admin")
@shown_again
def admin_tell_staff(space_id: str) -> tuple[str, int] | Response:
    known = client.booking.get_managed_space(space_id=space_id)
    form = StaffToldForm(request.form)
    form.set_choices(known["community_id"])
    if not form.is_valid():
        return _page(known, form), 422
    try:
        client.booking.change_space(space_id=space_id, **form.said(), expected_version=version_sent())
    except Refused as refused:
        if refused.kind not in ("invalid", "conflict", "precondition"):
            raise
        form.add_refusal(refused)
        return _page(client.booking.get_managed_space(space_id=space_id), form), STATUS_OF_KIND[refused.kind]
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.admin_staff_told", space_id=space_id)


def _page(known: Json, form: StaffToldForm) -> str:
    form.set_choices(known["community_id"])
    community.show_of(known["community_id"])
    return render_template("admin_staff_told.html", known=known, form=form)
