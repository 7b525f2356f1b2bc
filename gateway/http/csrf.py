"""A request with a session cookie must prove that one of our pages made it, because browsers send cookies by themselves.

Forms contain `csrf_token()`, scripts send it as `X-CSRFToken`. Programs with a bearer token or an API key need no CSRF token.
"""

from collections.abc import Callable

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from gateway.http import csrf_tokens, current
from gateway.http.credentials import WITH_A_PARAMETER
from gateway.refusals.requests import CrossSite

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

WITHOUT_COOKIES = frozenset({"/oauth/token"})  # cookies mean nothing there

_protect = CSRFProtect()
_sent_token: Callable[[], str | None] = _protect._get_csrf_token


def _unmasked_token() -> str | None:
    """The token of the request, from the form or a header, in the form in which Flask-WTF made it."""
    sent = _sent_token()
    return csrf_tokens.unmasked(sent) if sent else None


_protect._get_csrf_token = _unmasked_token  # type: ignore[method-assign]  # protect() has no parameter for this


def install(app: Flask) -> None:
    _protect.init_app(app)
    app.context_processor(lambda: {"csrf_token": csrf_tokens.token})  # registered after Flask-WTF's, so this one is used
    app.jinja_env.globals["csrf_token"] = csrf_tokens.token
    app.before_request(_check)


def _check() -> None:
    """Raises CrossSite. Forms of pages are checked for visitors too. Otherwise another site could sign a visitor in as somebody
    else."""
    if request.method in _SAFE or request.endpoint is None:
        return
    if request.path.startswith("/api/") and current.access().how != "cookie":
        return
    if request.path in WITHOUT_COOKIES or request.path.startswith(WITH_A_PARAMETER):
        return
    try:
        _protect.protect()
    except CSRFError as error:
        raise CrossSite(reason=error.description) from error
