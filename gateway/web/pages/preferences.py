"""Language and large type. They are chosen in the header and stored in cookies for a year."""

from flask import Response, request, url_for

from gateway.calls import client
from gateway.http import current, language
from gateway.operations import own_account
from gateway.web.blueprint import pages
from gateway.web.guards import local_target, see_other
from gateway.web.navigation import LARGE_TYPE
from gateway.web.service_calls import block

YEAR = 365 * 24 * 3600


@pages.post("/preferences")
def preferences() -> Response:
    """Stores the choice and redirects to the page on which it was made."""
    response = see_other(local_target(request.form.get("next"), url_for("pages.home")))
    if (chosen := request.form.get("language")) in language.LANGUAGES:
        _set_cookie(response, language.COOKIE, chosen)
        _set_account_language(chosen)
    if (large := request.form.get("large_type")) in {"on", "off"}:
        _set_cookie(response, LARGE_TYPE, large)
    return response


def _set_account_language(chosen: str) -> None:
    """Change the language of the reader's account and notifications. While notify is down, only the account and the page
    change."""
    if current.identity().account_id is not None:
        own_account.change(language=chosen)
        block(client.notify.set_language, language=chosen)


def _set_cookie(response: Response, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
