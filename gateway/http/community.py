"""The community that a request is about.

A request of the API names it with `community_id`; otherwise it is the caller's own. On pages it is the first of these: the one
that the reader chose (`/c/<id>`, stored in a cookie), the one that the host name belongs to, the reader's own, the only one of
the district. A visitor who has none is asked to choose. Clients of Open311 name it with `jurisdiction_id`;
otherwise it is that of the host name, or the only one.
"""

from typing import cast

from flask import Flask, Response, current_app, g, has_request_context, request

from chassis.database.engine import DATABASE_AWAY
from chassis.rpc.communities import ONE_COMMUNITY
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import UNKNOWN
from gateway.calls import cache
from gateway.directory.known import Known, KnownCommunities, Snapshot
from gateway.http import current
from gateway.http.credentials import WITH_A_PARAMETER
from gateway.refusals.open311 import UnknownJurisdiction

COOKIE = "linli_community"
PARAMETER = "community_id"
JURISDICTION = "jurisdiction_id"
YEAR = 365 * 24 * 3600  # seconds


def install(app: Flask) -> None:
    app.before_request(_install_finder)
    app.after_request(_remember)


def snapshot() -> Snapshot:
    """The directory, as this process knows it."""
    return known().get(current.database())


def known() -> KnownCommunities:
    """The copy of the directory from which the snapshots come. It can be used after the request."""
    return cast(KnownCommunities, current_app.extensions["linli.communities"])


def directory_changed() -> None:
    """This process has changed the directory, and must not use what it knew."""
    known().forget()
    cache.of_app().clear((cache.DIRECTORY,))


def of_request() -> Known | None:
    """The community of this request, for its pages. None if it is about none, outside of requests, and while the directory
    cannot be read: an error page needs no community."""
    if not has_request_context():
        return None
    try:
        community_id = current.community_id()
        return None if community_id is None else snapshot().by_id.get(community_id)
    except (*DATABASE_AWAY, InvalidField):
        return None


def can_be_chosen() -> bool:
    """Whether the district has several communities."""
    try:
        return len(snapshot().by_id) > 1
    except DATABASE_AWAY:
        return False


def require_one() -> str:
    """The id of the community of this request. Raises InvalidField if none is chosen, or if the directory does not have it."""
    if (community_id := current.community_id()) is None:
        raise InvalidField(ONE_COMMUNITY, PARAMETER)
    return community_id


def choose(community: Known) -> None:
    """The reader has chosen a community. It is stored in a cookie."""
    g.community_id = g.chosen_community = community.id


def show_of(community_id: str) -> None:
    """This page is about something of a community: a space, a club event. The rest of the page, such as the telephone number of
    the centre, is then of that community too. A reader without a community stays in it."""
    if community_id != current.community_id() and (community := snapshot().by_id.get(community_id)) is not None:
        if current.community_id() is None:
            choose(community)
        g.community_id = community.id


def come_home(community_id: str) -> None:
    """The reader has signed in. Their own community replaces an earlier choice, also for the time after they sign out."""
    g.chosen_community = community_id if community_id in snapshot().by_id else ""


def _install_finder() -> None:
    """The community is found when it is needed, because many requests need none."""
    if request.path.startswith(WITH_A_PARAMETER):
        g.find_community = _of_jurisdiction
    else:
        g.find_community = _of_api if request.path.startswith("/api/") else _of_page


def _of_api() -> str | None:
    """Raises InvalidField if the request names a community that the directory does not have."""
    if (named := request.args.get(PARAMETER)) is not None:
        if named not in snapshot().by_id:
            raise InvalidField(UNKNOWN, PARAMETER)
        return named
    return current.identity().community_id or _id_of(_of_host() or snapshot().only)


def _of_jurisdiction() -> str | None:
    """Raises UnknownJurisdiction."""
    if named := request.values.get(JURISDICTION, "").strip():
        if named not in snapshot().by_id:
            raise UnknownJurisdiction()
        return named
    return _id_of(_of_host() or snapshot().only)


def _of_page() -> str | None:
    found = snapshot()
    chosen = found.by_id.get(request.cookies.get(COOKIE, "")) or _of_host()
    return _id_of(chosen or found.by_id.get(current.identity().community_id or "") or found.only)


def _of_host() -> Known | None:
    return snapshot().by_host.get(request.host.rsplit(":", 1)[0].lower())


def _id_of(community: Known | None) -> str | None:
    return community.id if community else None


def _remember(response: Response) -> Response:
    if chosen := g.get("chosen_community"):
        response.set_cookie(COOKIE, chosen, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    elif chosen == "":
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
