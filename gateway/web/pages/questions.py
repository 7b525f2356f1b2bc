"""Questions whether a date of a series is still needed, or whether the time suits to which a closure moved a booking: answer
them, for oneself or at the desk, and decide which series are asked."""

from collections.abc import Callable, Iterable

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import client
from gateway.http import community, current
from gateway.web import desk_areas, people
from gateway.web.blueprint import pages
from gateway.web.forms import text_of, version_sent
from gateway.web.guards import for_roles, redirect_to, signed_in
from gateway.web.service_calls import Json, block
from services.booking.interface.questions import ANSWERS, OPEN

PER_PAGE = 50
_SHOWN = {"conflict", "invalid", "precondition"}


@pages.post("/questions/<uuid:question_id>/answer")
@signed_in
def answer_question(question_id: str) -> Response:
    said, back = request.form.get("answer", ""), request.form.get("back")
    found = client.booking.get_question(question_id=question_id)
    if said in ANSWERS:
        try:
            client.booking.answer_question(question_id=question_id, answer=said, expected_version=version_sent())
            flash(_thanks(said), "good")
        except (Refused, Refusal) as refusal:
            if refusal.kind not in _SHOWN:
                raise
            flash(text_of(refusal), "bad")
    if back == "series" and found["series_id"]:
        return redirect_to("pages.series", series_id=found["series_id"])
    if back == "desk":
        return redirect_to("pages.desk_questions")
    return redirect_to("pages.mine") if back == "mine" else redirect_to("pages.booking", booking_id=found["booking_id"])


@pages.get("/questions/<uuid:question_id>/times")
@signed_in
def question_times(question_id: str) -> str:
    """To which times a booking could move instead of the one that a closure gave it; for oneself or at the desk."""
    question = client.booking.get_question(question_id=question_id)
    community.show_of(question["community_id"])
    found = block(client.booking.find_like_times, question_id=question_id)
    send = url_for("pages.choose_question_time", question_id=question_id)
    return render_template("moved_times.html", question=question, times=found.items, send=send)


@pages.post("/questions/<uuid:question_id>/times")
@signed_in
def choose_question_time(question_id: str) -> Response:
    question = client.booking.get_question(question_id=question_id)
    try:
        client.booking.choose_like_time(question_id=question_id, expected_version=version_sent(), **chosen_time())
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")
        return redirect_to("pages.question_times", question_id=question_id)
    flash(gettext("已改到您选的时间。"), "good")
    return redirect_to("pages.booking", booking_id=question["booking_id"])


def chosen_time() -> dict[str, str]:
    """From the field `time`: <space>|<start>|<end>. What is malformed is refused by the service."""
    space_id, starts_at, ends_at = [*request.form.get("time", "").split("|"), "", "", ""][:3]
    return {"space_id": space_id, "starts_at": starts_at, "ends_at": ends_at}


@pages.get("/desk/questions")
@for_roles(*desk_areas.BOOKINGS)
def desk_questions() -> str:
    """The questions that wait for an answer. Showing the names of the residents is logged."""
    asked = {"community_id": chosen} if (chosen := current.community_id()) is not None else {}
    cursor = request.args.get("cursor") or None
    found = block(client.booking.list_questions, scope="desk", state=OPEN, limit=PER_PAGE, cursor=cursor, **asked)
    named = people.reveal([item["resident_id"] for item in found])
    return render_template("desk_questions.html", found=found, people=named)


@pages.post("/series/<uuid:series_id>/exempt")
@for_roles("clerk", "grid_worker")
def exempt_series(series_id: str) -> Response:
    if reason := (request.form.get("reason") or "").strip()[:200]:
        _decide(lambda: client.booking.exempt_series(series_id=series_id, reason=reason, expected_version=version_sent()))
    else:
        flash(gettext("请写明原因。"), "bad")
    return redirect_to("pages.series", series_id=series_id)


@pages.post("/series/<uuid:series_id>/ask")
@signed_in
def ask_series(series_id: str) -> Response:
    _decide(lambda: client.booking.ask_series(series_id=series_id, expected_version=version_sent()))
    return redirect_to("pages.series", series_id=series_id)


def open_about(booking: Json) -> Iterable[Json]:
    """The open question about a booking, if there is one that the reader may see."""
    if booking["state"] != "confirmed":
        return ()
    return block(client.booking.list_questions, scope=_scope(booking), booking_id=booking["id"], state=OPEN, limit=1)


def of_series(series: Json) -> dict[str, Json]:
    """The newest question about each date of a series that was asked about, by booking id."""
    found = block(client.booking.list_questions, scope=_scope(series), series_id=series["id"], limit=100)
    return {item["booking_id"]: item for item in sorted(found, key=lambda item: str(item["asked_at"]))}


def _scope(thing: Json) -> str:
    return "mine" if current.identity().speaks_for(thing["resident_id"]) else "desk"


def _decide(change: Callable[[], object]) -> None:
    """Make a change of a series, and say how it went."""
    try:
        change()
        flash(gettext("已保存。"), "good")
    except (Refused, Refusal) as refusal:
        if refusal.kind not in _SHOWN:
            raise
        flash(text_of(refusal), "bad")


def _thanks(said: str) -> str:
    if said == "not_needed":
        return gettext("已取消这一次，时间已让给其他居民。")
    return gettext("以后每次都保留，不再询问。") if said == "all_needed" else gettext("已保留这一次。")
