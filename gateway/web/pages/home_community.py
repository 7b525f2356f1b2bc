"""Moving to another community of the district."""

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext

from gateway.http import community, current
from gateway.operations import live_settings, own_account
from gateway.refusals.residents import CommunityClosed
from gateway.web.blueprint import pages
from gateway.web.forms import text_of
from gateway.web.guards import redirect_to, signed_in
from gateway.web.labels import localized


@pages.get("/mine/community")
@signed_in
def home_community() -> str:
    _only_residents()
    known = community.snapshot().by_id
    here = known.get(current.identity().community_id or "")
    chosen = known.get(request.args.get("to") or "")
    return render_template(
        "home_community.html",
        here=here,
        chosen=chosen if chosen is not here else None,
        others=[one for one in known.values() if one is not here],
        closed={one.id for one in known.values() if not live_settings.takes_sign_up(one.id)},
    )


@pages.post("/mine/community")
@signed_in
def move_home() -> Response:
    _only_residents()
    target = community.snapshot().by_id.get(request.form.get("to") or "")
    if target is None:
        abort(404)
    try:
        own_account.change(community_id=target.id)
    except CommunityClosed as refusal:
        flash(text_of(refusal), "")
        return redirect_to("pages.home_community")
    community.come_home(target.id)
    flash(gettext("您的社区已改为%(name)s。", name=localized(target.name)), "good")
    return redirect_to("pages.mine")


def _only_residents() -> None:
    if current.identity().party != "resident":
        abort(403)
