"""The ways to sign in, and from one to another without losing what was typed."""

from typing import Final

from flask import Response, render_template, request, url_for
from flask_babel import gettext

from gateway.carried.models import WAITS_FOR
from gateway.operations import oidc
from gateway.web import kept_forms
from gateway.web.blueprint import pages
from gateway.web.guards import local_target, redirect_to

# The page of each way. The first two lead to another site.
WAYS: Final = {
    "wechat": "pages.start_wechat",
    "oidc": "pages.start_oidc",
    "phone": "pages.sign_in",
    "code": "pages.sign_in_code",
    "staff": "pages.staff_sign_in",
}
ELSEWHERE: Final = ("wechat", "oidc")
pages.record(lambda state: state.app.jinja_env.globals.update(WAYS=WAYS))


@pages.post("/sign-in/ways/<any(wechat, oidc, phone, code, staff):way>")
def choose_way(way: str) -> str | Response:
    """What was typed waits for the reader, in the database."""
    kept_forms.carry()
    wanted = next_page()
    if way not in ELSEWHERE:
        return redirect_to(WAYS[way], next=wanted)
    name = gettext("微信") if way == "wechat" else oidc.offered("residents") or oidc.offered("staff")
    return leaving(url_for(WAYS[way], next=wanted), name)


@pages.post("/sign-in/forget")
def forget_kept() -> Response:
    """The form that waits is not the reader's."""
    kept_forms.forget()
    return redirect_to("pages.sign_in", next=next_page())


def leaving(target: str, name: str) -> str:
    """A page that leads to `target`, which redirects to another site. The answer to a form cannot redirect there: our
    Content-Security-Policy lets forms lead to our own pages only."""
    minutes = int(WAITS_FOR.total_seconds() // 60)
    return render_template("leaving.html", target=target, name=name, kept=kept_forms.is_waiting(), minutes=minutes)


def next_page() -> str | None:
    """The page that the reader wanted, from the form or the address."""
    wanted = request.form.get("next") or request.args.get("next")
    return local_target(wanted, "") or None
