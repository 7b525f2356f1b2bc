"""The one search of the desk."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from chassis.rpc.refusal import Refusal, Refused
from gateway.accounts.search_terms import MOST_QUERY
from gateway.http.problems import STATUS_OF_KIND
from gateway.operations import search
from gateway.web.blueprint import pages
from gateway.web.forms import details_of, text_of
from gateway.web.guards import for_roles

GROUP_NAMES = {"people": _l("居民"), "bookings": _l("预约"), "cases": _l("事项"), "events": _l("活动")}
_MORE = 30  # rows of a page with one group


@pages.get("/desk/search")
@for_roles(*search.ROLES)
def desk_search() -> tuple[str, int]:
    """The groups with a few rows each, or with `group` in the address one group page by page."""
    q = request.args.get("q", "").strip()[:MOST_QUERY]
    group = request.args.get("group")
    if group not in GROUP_NAMES:
        group = None
    found: dict[str, Any] | None = None
    problem, status = "", 200
    if q:
        limit, cursor = (_MORE, request.args.get("cursor") or None) if group else (search.PER_GROUP, None)
        try:
            found = search.find(q, group=group, limit=limit, cursor=cursor)
        except (Refusal, Refused) as refusal:
            if refusal.kind not in {"invalid", "too_many"}:
                raise
            errors = [str(error["message"]) for error in details_of(refusal).get("errors", ())]
            problem, status = " ".join(errors) or text_of(refusal), STATUS_OF_KIND[refusal.kind]
    groups = [(code, str(name), found[code]) for code, name in GROUP_NAMES.items() if found and found[code] is not None]
    nothing = bool(groups) and not any(part["items"] or not part["available"] for _, _, part in groups)
    title = gettext("查找“%(q)s”", q=q) if q else gettext("查找")
    page = render_template(
        "desk_search.html",
        q=q,
        group=group,
        groups=groups,
        nothing=nothing,
        too_many=bool(found and found["too_many_people"]),
        problem=problem,
        title=title,
    )
    return page, status
