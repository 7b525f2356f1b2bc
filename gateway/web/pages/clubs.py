"""Clubs: the list, joining and leaving."""

from collections.abc import Callable

from flask import Response, flash, render_template, url_for
from flask_babel import gettext

from chassis.rpc.refusal import Refused
from gateway.calls import client
from gateway.calls.whole_lists import whole
from gateway.http import current
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import see_other, signed_in
from gateway.web.service_calls import Json
from services.booking.interface.spaces import SECTIONS


@pages.get("/clubs")
def clubs() -> str:
    events = client.events if current.identity().account_id else client.public.events
    found = whole(events.list_clubs)["items"]
    groups = [(code, [club for club in found if club["section"] == code]) for code in SECTIONS]
    return render_template("clubs.html", groups=[group for group in groups if group[1]])


@pages.post("/clubs/<uuid:club_id>/join")
@signed_in
def join_club(club_id: str) -> Response:
    return _change(client.events.join_club, club_id, gettext("已加入社团，欢迎！"))


@pages.post("/clubs/<uuid:club_id>/leave")
@signed_in
def leave_club(club_id: str) -> Response:
    return _change(client.events.leave_club, club_id, gettext("已退出社团。"))


def _change(verb: Callable[..., Json], club_id: str, done: str) -> Response:
    try:
        verb(club_id=club_id)
        flash(done, "good")
    except Refused as refused:
        if refused.kind != "conflict":
            raise
        flash(text_of(refused), "bad")
    return see_other(url_for("pages.clubs") + f"#club-{club_id}")
