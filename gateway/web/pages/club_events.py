"""Club events: the list of coming events, one event with its sessions, registering and cancelling."""

from datetime import timedelta

from flask import Response, abort, flash, render_template, request, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.http import community, current
from gateway.operations import families
from gateway.web import times
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import local_target, redirect_to, see_other, signed_in
from gateway.web.pages.home import EventSession, coming_sessions, upcoming_events
from gateway.web.registration_status import registration_status
from gateway.web.service_calls import Block, block
from services.booking.interface.spaces import SECTIONS

WINDOWS = {"today": 0, "week": 6, "later": 60}


@pages.get("/events")
def club_events() -> str:
    when = request.args.get("when") if request.args.get("when") in WINDOWS else "week"
    section = request.args.get("section") if request.args.get("section") in SECTIONS else None
    days = WINDOWS[when or "week"]
    found = upcoming_events(days, section)
    last = times.midnight(times.today() + timedelta(days=days + 1))
    coming = [item for item in coming_sessions(found) if item.starts_at < last]
    by_day: dict[str, list[EventSession]] = {}
    for item in coming:
        by_day.setdefault(times.day_name(max(item.starts_at, times.now()), with_date=True), []).append(item)
    return render_template("club_events.html", events=found, by_day=by_day, when=when, section=section)


@pages.get("/events/<uuid:club_event_id>")
def club_event(club_event_id: str) -> str:
    events = client.events if current.identity().account_id else client.public.events
    found = events.get_club_event(club_event_id=club_event_id)
    community.show_of(found["community_id"])
    mine = Block({"items": []})
    if current.identity().party == "resident":
        mine = block(client.events.list_registrations, scope="mine", club_event_id=club_event_id, limit=100)
    active = [item for item in mine if item["state"] != "cancelled"]
    sessions = [
        (session, registration_status(found, session), [item for item in active if item["session_id"] == session["id"]])
        for session in found["sessions"]
    ]
    return render_template("club_event.html", event=found, sessions=sessions, children=families.names_of_children())


@pages.post("/events/<uuid:club_event_id>/sessions/<uuid:session_id>/register")
@signed_in
def register(club_event_id: str, session_id: str) -> Response:
    """For the reader, or for the child that the form names."""
    child = request.form.get("resident_id") or None
    if child is not None and child not in current.identity().children:
        abort(403)
    try:
        made = client.events.register(session_id=session_id, resident_id=child)
        if made["state"] == "waitlisted":
            flash(gettext("已加入候补，您排在第 %(n)s 位；有空位会自动转正并通知您。", n=made["position"]), "good")
        else:
            flash(gettext("报名成功，到时见！"), "good")
    except Refused as refused:
        if refused.kind not in {"conflict", "invalid"}:
            raise
        flash(_refusal_text(refused), "bad")
    return redirect_to("pages.club_event", club_event_id=club_event_id)


@pages.post("/registrations/<uuid:registration_id>/cancel")
@signed_in
def cancel_registration(registration_id: str) -> Response:
    try:
        client.events.cancel_registration(registration_id=registration_id)
        flash(gettext("已取消报名。"), "good")
    except Refused as refused:
        if refused.kind != "conflict":
            raise
        flash(text_of(refused), "bad")
    return see_other(local_target(request.form.get("next"), url_for("pages.mine")))


def _refusal_text(refused: Refused) -> str:
    """The refusal's sentence, with times in the format of the pages."""
    if refused.code == "events.registration_closed" and {"opens_at", "closes_at"} <= refused.details.keys():
        opens, closes = (times.moment(refused.details[name]) for name in ("opens_at", "closes_at"))
        return gettext("报名时间是 %(opens)s 到 %(closes)s。", opens=opens, closes=closes)
    return text_of(refused)
