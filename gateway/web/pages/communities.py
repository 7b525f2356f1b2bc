"""The choice of a community, its centre, and what every site must tell: privacy and accessibility."""

from collections.abc import Iterable
from itertools import groupby

from flask import Response, abort, render_template, request, url_for

from chassis.database.engine import reading
from chassis.rpc.call import Call
from gateway.directory import use_cases
from gateway.directory.known import Known
from gateway.http import community, current
from gateway.web.blueprint import pages
from gateway.web.guards import local_target, see_other
from gateway.web.labels import localized
from gateway.web.places import MOST_FLAT

# Pages that show something of one community. Visitors who have none choose one first.
OF_ONE = {
    "home",
    "spaces",
    "find_spaces",
    "club_events",
    "clubs",
    "report_case",
    "centre",
    "ticket_queues",
    "sign_in",
    "sign_in_code",
}
MOST = 200  # communities on the page; the search finds the others


@pages.before_request
def _choose_first() -> Response | None:
    name = (request.endpoint or "").removeprefix("pages.")
    if name in OF_ONE and community.of_request() is None and request.method == "GET":
        return see_other(url_for("pages.communities", next=request.full_path.rstrip("?")))
    return None


@pages.get("/communities")
def communities() -> str:
    q = (request.args.get("q") or "").strip()[:60]
    found = [known for known in community.snapshot().by_id.values() if _is_found(known, q.casefold())]
    groups = [
        (localized(members[0].sub_district), members)
        for _, members in ((key, list(group)) for key, group in groupby(found[:MOST], key=lambda known: known.sub_district_id))
    ]
    target = local_target(request.args.get("next"), "")
    folded = not q and len(found) > MOST_FLAT and len(groups) > 1
    return render_template("communities.html", groups=groups, q=q, next=target, more=len(found) - MOST, folded=folded)


@pages.get("/c/<community_id>")
def choose_community(community_id: str) -> Response:
    """A link that others can share: it stores the choice and goes on to `next`, or to the home page."""
    if (known := community.snapshot().by_id.get(community_id)) is None:
        abort(404)
    community.choose(known)
    return see_other(local_target(request.args.get("next"), url_for("pages.home")))


@pages.get("/centre")
def centre() -> str:
    with reading(current.database()) as session:
        _, grids = use_cases.get_community(Call(session, current.now()), community.require_one())
        names = [grid.name for grid in grids]
    return render_template("centre.html", grids=names)


@pages.get("/privacy")
def privacy() -> str:
    known = community.of_request()
    notice = None
    if known is not None:
        with reading(current.database()) as session:
            notice = use_cases.get_community(Call(session, current.now()), known.id)[0].privacy_notice
    return render_template("privacy.html", notice=notice)


@pages.get("/accessibility")
def accessibility() -> str:
    return render_template("accessibility.html")


def _is_found(known: Known, q: str) -> bool:
    return not q or any(q in text.casefold() for text in _texts(known))


def _texts(known: Known) -> Iterable[str]:
    for text in (known.name, known.sub_district, known.address):
        yield from (text or {}).values()
    yield known.id
