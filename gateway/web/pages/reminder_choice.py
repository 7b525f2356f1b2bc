"""How the reader is reminded of bookings and sessions, and what staff hear of spaces and cases."""

from flask import Response, flash, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField

from gateway.calls import client
from gateway.http import current
from gateway.web.blueprint import pages
from gateway.web.forms import Checkboxes, PageForm, options
from gateway.web.guards import for_staff, redirect_to, signed_in
from gateway.web.labels import label, localized
from services.notify.interface.reminders import WAYS
from services.notify.interface.staff_messages import STAFF_MESSAGES


class RemindersForm(PageForm):
    reminders = RadioField(_l("提醒我"))

    def set_choices(self) -> None:
        self.reminders.choices = options((way, localized(WAYS.labels[way])) for way in WAYS)


class StaffMessagesForm(PageForm):
    heard = Checkboxes(
        _l("工作消息"),
        description=_l(
            "管理员安排的场地消息，和您所在窗口、承办单位或督办的事项消息；不想收的，可以在这里关掉。派给您本人的事项不能关。"
        ),
    )

    def set_choices(self) -> None:
        self.heard.choices = options((about, label(STAFF_MESSAGES, about)) for about in STAFF_MESSAGES)


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


@pages.post("/mine/staff-messages")
@for_staff
def choose_staff_messages() -> tuple[str, int] | Response:
    form = StaffMessagesForm(request.form)
    form.set_choices()
    if not form.is_valid():
        return _page(RemindersForm(reminders=client.notify.get_reminder_choice()["reminders"]), form), 422
    client.notify.choose_staff_messages(muted=[about for about in STAFF_MESSAGES if about not in form.heard.data])
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.reminders")


def _page(form: RemindersForm, of_staff: StaffMessagesForm | None = None) -> str:
    form.set_choices()
    if of_staff is None and current.identity().party == "staff":
        muted = client.notify.get_staff_messages()["muted"]
        of_staff = StaffMessagesForm(heard=[about for about in STAFF_MESSAGES if about not in muted])
        of_staff.set_choices()
    points = client.notify.list_contact_points()["items"]
    has = {point["channel"] for point in points if point["verified"]}
    return render_template("reminders.html", form=form, of_staff=of_staff, has_phone="sms" in has, has_email="email" in has)
