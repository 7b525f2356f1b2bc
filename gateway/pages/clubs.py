"""Clubs: the list, joining and leaving."""

from flask import Response, flash, render_template, url_for
from flask_babel import gettext

from chassis.refusal import Refused
from gateway.pages.asking import ask
from gateway.pages.blueprint import pages
from gateway.pages.forms import text_of
from gateway.pages.guard import see_other, signed_in
from gateway.pages.words import SECTIONS


@pages.get("/clubs")
def clubs() -> str:
    found = ask("events", "list_clubs", {"limit": 100})["items"]
    groups = [(code, [club for club in found if club["section"] == code]) for code in SECTIONS]
    return render_template("clubs.html", groups=[group for group in groups if group[1]])


@pages.post("/clubs/<uuid:club_id>/join")
@signed_in
def join_club(club_id: str) -> Response:
    return _change("join_club", club_id, gettext("已加入社团，欢迎！"))


@pages.post("/clubs/<uuid:club_id>/leave")
@signed_in
def leave_club(club_id: str) -> Response:
    return _change("leave_club", club_id, gettext("已退出社团。"))


def _change(verb: str, club_id: str, done: str) -> Response:
    try:
        ask("events", verb, {"club_id": club_id})
        flash(done, "good")
    except Refused as refused:
        if refused.kind != "conflict":
            raise
        flash(text_of(refused), "bad")
    return see_other(url_for("pages.clubs") + f"#club-{club_id}")
