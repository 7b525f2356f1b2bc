"""The page behind the link of a reminder: what it is about, and one button; for an offer to somebody who waits, two. It needs
no account, so that an elder can use it on the phone of a relative. Opening it changes nothing, because programs that look for
viruses open links, too."""

from flask import Response, flash, make_response, render_template, request, url_for

from chassis.rpc.refusal import Refused
from gateway.http import community
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import reminder_links
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import redirect_to
from gateway.web.pages.questions import chosen_time
from services.booking.interface.questions import ANSWERS
from services.booking.interface.refusals import CancelDeadlinePassed
from services.notify.interface.refusals import ReminderLinkVoid
from services.notify.interface.reminders import SUBJECTS


@pages.get("/r/<secret>")
def reminder_link(secret: str) -> Response:
    try:
        behind = reminder_links.find(secret)
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    reminded = behind.reminded
    community.show_of(reminded["community_id"])
    if behind.was_moved:
        return _private(make_response(render_template("moved_link.html", question=behind.thing, secret=secret)))
    template = "question_link.html" if behind.is_question else "reminder_link.html"
    page = render_template(template, reminded=reminded, secret=secret, late=behind.is_late)
    return _private(make_response(page))


@pages.post("/r/<secret>")
def give_up_reminded(secret: str) -> Response:
    try:
        reminded = reminder_links.give_up(secret)
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    except Refused as refused:
        if refused.code != CancelDeadlinePassed.code:
            raise
        return redirect_to("pages.reminder_link", secret=secret)
    return redirect_to("pages.given_up", what=reminded["subject_type"])


@pages.post("/r/<secret>/answer")
def answer_asked(secret: str) -> Response:
    """The answer to a question whether a date is still needed."""
    said = request.form.get("answer", "")
    if said not in ANSWERS:
        return redirect_to("pages.reminder_link", secret=secret)
    try:
        reminder_links.answer(secret, said)
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    return redirect_to("pages.answered", what=said)


@pages.get("/r/<secret>/times")
def other_times(secret: str) -> Response:
    """To which times a booking could move instead of the one that a closure gave it."""
    try:
        behind, items = reminder_links.like_times(secret)
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    community.show_of(behind.reminded["community_id"])
    page = render_template(
        "moved_times.html", question=behind.thing, times=items, send=url_for("pages.choose_time", secret=secret)
    )
    return _private(make_response(page))


@pages.post("/r/<secret>/times")
def choose_time(secret: str) -> Response:
    """If somebody was faster, the page shows what is left."""
    try:
        reminder_links.choose(secret, chosen_time())
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        flash(text_of(refused), "bad")
        return redirect_to("pages.other_times", secret=secret)
    return redirect_to("pages.answered", what="another")


@pages.get(f"/answered/<any({','.join([*ANSWERS, 'another'])}):what>")
def answered(what: str) -> str:
    """Says thank you. It has nothing of the person or the time in it."""
    return render_template("answered.html", what=what)


@pages.post("/r/<secret>/take")
def take_offered(secret: str) -> str | Response:
    """Take what is offered. If a rule speaks against it, such as a limit, the page says so, and the offer stays."""
    try:
        booking = reminder_links.accept(secret)
    except ReminderLinkVoid as refusal:
        return _void(refusal)
    except Refused as refused:
        if refused.kind not in {"invalid", "conflict"}:
            raise
        flash(text_of(refused), "bad")
        return redirect_to("pages.reminder_link", secret=secret)
    community.show_of(booking["community_id"])
    return _private(make_response(render_template("offer_taken.html", booking=booking)))


@pages.get(f"/given-up/<any({','.join(SUBJECTS)}):what>")
def given_up(what: str) -> str:
    """Says thank you. It has nothing of the person or the time in it."""
    return render_template("given_up.html", what=what)


def _void(refusal: ReminderLinkVoid) -> Response:
    page = render_template("reminder_void.html", why=text_of(refusal))
    return _private(make_response(page, STATUS_OF_KIND[refusal.kind]))


def _private(response: Response) -> Response:
    """The address has a secret in it: no cache stores the page, no search engine lists it, no other site learns of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
