"""How the reader is reminded of bookings and sessions."""

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from gateway.calls import client
from gateway.web.blueprint import pages
from gateway.web.forms import PageForm, options
from gateway.web.guards import redirect_to, signed_in
from gateway.web.labels import localized
from services.notify.interface.reminders import WAYS


class RemindersForm(PageForm):
    reminders = RadioField(_l("提醒我"))

    def set_choices(self) -> None:
        self.reminders.choices = options((way, localized(WAYS.labels[way])) for way in WAYS)


@pages.get("/mine/reminders")
@signed_in
def reminders() -> str:
    return _page(RemindersForm(reminders=client.notify.get_reminder_choice()["reminders"]))


@pages.post("/mine/reminders")
@signed_in
def choose_reminders() -> tuple[str, int] | Response:
    form = RemindersForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(form), 422
    client.notify.choose_reminders(reminders=form.reminders.data)
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.reminders")


def _page(form: RemindersForm) -> str:
    form.set_choices()
    points = client.notify.list_contact_points()["items"]
    has = {point["channel"] for point in points if point["verified"]}
    return render_template("reminders.html", form=form, has_phone="sms" in has, has_email="email" in has)
