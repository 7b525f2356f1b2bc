"""Requests that a browser authenticates by itself (cookie) must show that one of our pages made them.

Forms carry `csrf_token()` of Flask-WTF, scripts send it as `X-CSRFToken`; programs with a bearer token or an API key
have no cookie to abuse and need none.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from gateway.http import current
from gateway.refusals import CrossSite

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_protect = CSRFProtect()


def install(app: Flask) -> None:
    _protect.init_app(app)
    app.before_request(_check)


def _check() -> None:
    """Raises CrossSite. A page's form is always checked, signed in or not, so that nobody can be signed in as
    somebody else from another site."""
    if request.method in _SAFE or request.endpoint is None:
        return
    if request.path.startswith("/api/") and current.access().how != "cookie":
        return
    try:
        _protect.protect()
    except CSRFError as error:
        raise CrossSite(reason=error.description) from error
