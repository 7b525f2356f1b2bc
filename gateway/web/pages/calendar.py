"""The reader's calendar address: make it, see whether it is read, revoke it."""

from flask import Response, flash, render_template, request
from flask_babel import gettext

from gateway.api.calendars import address_of
from gateway.operations import calendars
from gateway.web.blueprint import pages
from gateway.web.guards import redirect_to, signed_in


@pages.app_template_filter("webcal")
def webcal(address: str) -> str:
    """The address in the scheme that opens the calendar program of a phone or computer."""
    return "webcal://" + address.partition("://")[2]


@pages.get("/mine/calendar")
@signed_in
def calendar() -> str:
    return render_template("calendar.html", known=calendars.own_address(), address=None)


@pages.post("/mine/calendar")
@signed_in
def make_calendar() -> Response:
    """Shows the new address, once: only its hash is stored."""
    made = calendars.make_address(of_children=request.form.get("of_children") == "yes")
    page = render_template("calendar.html", known=made, address=address_of(made["token"]))
    response = Response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/mine/calendar/children")
@signed_in
def show_children_in_calendar() -> Response:
    calendars.show_children(of_children=request.form.get("of_children") == "yes")
    flash(gettext("已保存。"), "good")
    return redirect_to("pages.calendar")


@pages.post("/mine/calendar/revoke")
@signed_in
def revoke_calendar() -> Response:
    calendars.revoke_address()
    flash(gettext("已停用，日历程序读不到您的安排了。"), "good")
    return redirect_to("pages.calendar")
