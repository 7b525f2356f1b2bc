"""Residents at the counter: find them by phone, add those who have no account, and see how to reach who booked or reported."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, validators

from chassis.rpc.refusal import Refusal
from gateway.accounts.names import Person
from gateway.calls import client
from gateway.operations import phones, residents
from gateway.web import people, times
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, optional_text, positive_number, required_text, strip_spaces, version_sent
from gateway.web.guards import for_roles, redirect_to
from gateway.web.kept_forms import shown_again
from gateway.web.service_calls import Json, block


class FindForm(PageForm):
    phone = StringField(_l("手机号"), required_text(_l("请填写手机号。"), 24), filters=[strip_spaces])


class ResidentForm(PageForm):
    name = StringField(_l("姓名"), required_text(_l("请填写姓名。"), 40), filters=[strip_spaces])
    phone = StringField(_l("本人手机号"), optional_text(24), filters=[strip_spaces])
    contact_phone = StringField(_l("联系电话"), optional_text(24), filters=[strip_spaces])
    birth_year = IntegerField(_l("出生年份"), [validators.Optional(), positive_number(_l("年份请填数字，例如 1948。"))])

    def entered(self) -> dict[str, Any]:
        return {name: value or None for name, value in self.data.items()}


@pages.get("/desk/residents")
@for_roles(*residents.CLERKS)
def desk_residents() -> str:
    return _list_page(FindForm(), ResidentForm())


@pages.post("/desk/residents/search")
@for_roles(*residents.CLERKS)
@shown_again
def find_residents() -> tuple[str, int] | str:
    """A POST, so that no phone number gets into addresses, histories and logs."""
    form = FindForm(request.form)
    if form.is_valid():
        try:
            found = residents.find(form.phone.data)
            return _list_page(form, ResidentForm(phone=form.phone.data), found)
        except Refusal as refusal:
            form.add_refusal(refusal)
    return _list_page(form, ResidentForm()), 422


@pages.post("/desk/residents")
@for_roles(*residents.CLERKS)
@shown_again
def add_resident() -> tuple[str, int] | Response:
    form = ResidentForm(request.form)
    if form.is_valid():
        try:
            added = residents.add(form.entered())
            flash(gettext("已为%(name)s建档。", name=added["name"]), "good")
            return redirect_to("pages.desk_resident", account_id=added["id"])
        except Refusal as refusal:
            form.add_refusal(refusal)
    return _list_page(FindForm(), form), 422


@pages.get("/desk/residents/<uuid:account_id>")
@for_roles(*residents.CLERKS)
def desk_resident(account_id: UUID) -> str:
    found = phones.read_resident(account_id)
    values = {name: found[name] for name in ("name", "phone", "contact_phone", "birth_year")}
    return _page(found, ResidentForm(**values))


@pages.post("/desk/residents/<uuid:account_id>")
@for_roles(*residents.CLERKS)
@shown_again
def change_resident(account_id: UUID) -> tuple[str, int] | Response:
    form = ResidentForm(request.form)
    if form.is_valid():
        try:
            residents.change(account_id, form.entered(), version_sent())
            flash(gettext("已保存。"), "good")
            return redirect_to("pages.desk_resident", account_id=account_id)
        except Refusal as refusal:
            if refusal.kind == "not_found":
                raise
            form.add_refusal(refusal)
    changer = residents.last_changer(account_id) if form.outdated else None
    return _page(phones.read_resident(account_id), form, changer), 409 if form.outdated else 422


@pages.post("/desk/bookings/<uuid:booking_id>/contact")
@for_roles(*residents.DESK)
def contact_of_booking(booking_id: UUID) -> str:
    return _contact_page(residents.contact_of_booking(booking_id), "pages.booking", booking_id=booking_id)


@pages.post("/desk/cases/<uuid:case_id>/contact")
@for_roles(*residents.DESK)
def contact_of_case(case_id: UUID) -> str:
    return _contact_page(residents.contact_of_case(case_id), "pages.desk_case", case_id=case_id)


def _list_page(form: FindForm, new: ResidentForm, found: Sequence[Json] | None = None) -> str:
    return render_template("desk_residents.html", form=form, new=new, found=found, most=residents.MOST_FOUND)


def _page(found: Json, form: ResidentForm, changer: Json | None = None) -> str:
    """`changer`: who changed the resident while the form was being filled in."""
    list_bookings = client.booking.list_bookings
    coming = block(list_bookings, scope="desk", resident_id=found["id"], state="active", start=times.now(), limit=20)
    return render_template(
        "desk_resident.html", resident=found, form=form, coming=coming, readable=people.readable, changer=changer
    )


def _contact_page(person: Person, back_to: str, **values: Any) -> str:
    return render_template("desk_contact.html", person=person, readable=people.readable, back_to=back_to, values=values)
