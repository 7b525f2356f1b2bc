"""The door for staff who must have a second factor and have none: they can set one up, and do nothing else.

It stands before every page, operation of the API and stream, so that a new one is behind it without being named anywhere.
Residents and other systems pass: nobody demands a second factor of them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from chassis.database.engine import reading
from gateway.accounts import sessions
from gateway.http import community, current
from gateway.http.problems import wants_json
from gateway.refusals.factors import SecondFactorNeeded

PAGE: Final = "linli.second_factor_page"  # an extension of the app: a function that leads a reader to the set-up
# What is open to everybody behind the door: setting up, one's own session, signing in as somebody else, and what is about no
# account at all.
OPEN: Final = frozenset(
    {
        "factors.get_factors", "factors.begin_passkey", "factors.add_passkey", "factors.enrol_totp", "factors.confirm_totp",
        "factors.make_recovery_codes",
        "auth.get_session", "auth.close_session",
        "auth.accept_invitation", "auth.ask_code", "auth.begin_session_with_passkey", "auth.make_visitor", "auth.open_session",
        "auth.open_session_with_wechat",
        "api_docs", "assets.serve", "livez", "oauth_metadata", "oauth_token", "openapi", "readyz", "static",
        "pages.factors", "pages.begin_passkey", "pages.add_passkey", "pages.begin_totp", "pages.set_up_totp",
        "pages.confirm_totp", "pages.make_recovery_codes",
        "pages.sign_in", "pages.send_code", "pages.sign_in_code", "pages.check_code", "pages.staff_sign_in",
        "pages.check_staff", "pages.begin_passkey_sign_in", "pages.check_passkey", "pages.sign_out",
        "pages.start_oidc", "pages.finish_oidc", "pages.leave_oidc", "pages.invitation", "pages.choose_password",
        "pages.accessibility", "pages.centre", "pages.choose_community", "pages.communities", "pages.preferences",
        "pages.privacy", "pages.problem", "pages.problem_list",
    }
)  # fmt: skip


def install(app: Flask) -> None:
    app.before_request(_stop)


def needed_from() -> datetime | None:
    """The moment from which the caller, who has no second factor, needs one. None for all others."""
    access = current.access()
    if access.identity.party != "staff" or access.protected:
        return None
    return community.snapshot().second_factor_from(access.identity.roles, access.identity.reach)


def is_missing() -> bool:
    """Whether the caller needs a second factor now, and has none."""
    since = needed_from()
    return since is not None and since <= current.now()


def require() -> None:
    """Raises SecondFactorNeeded."""
    if is_missing():
        raise SecondFactorNeeded()


def still_passes(session_id: UUID) -> Callable[[], bool]:
    """A function that says whether the caller, whose session this is, may go on. For what runs longer than the request."""
    who, clock, database = current.identity(), current.clock(), current.database()
    directory = community.known()

    def passes() -> bool:
        if who.party != "staff":
            return True
        since = directory.get(database).second_factor_from(who.roles, who.reach)
        if since is None or since > clock():
            return True
        with reading(database) as session:
            return sessions.is_protected(session, session_id)

    return passes


def _stop() -> Response | None:
    """Raises SecondFactorNeeded, or leads the reader of a page to the set-up."""
    if request.endpoint is None or request.endpoint in OPEN or not is_missing():
        return None
    if wants_json():
        raise SecondFactorNeeded()
    lead: Any = current_app.extensions[PAGE]
    return cast(Response, lead())
