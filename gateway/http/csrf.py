"""Requests that a browser authenticates by itself (cookie) must show that one of our pages made them.

Forms carry `csrf_token()`, scripts send it as `X-CSRFToken`; programs with a bearer token or an API key have no cookie to
abuse and need none.
"""

from collections.abc import Callable

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from gateway.http import csrf_tokens, current
from gateway.refusals import CrossSite

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_protect = CSRFProtect()
_sent_token: Callable[[], str | None] = _protect._get_csrf_token


def _unmasked_token() -> str | None:
    """The token that came with the request, in the form or a header, as Flask-WTF made it."""
    sent = _sent_token()
    return csrf_tokens.unmasked(sent) if sent else None


_protect._get_csrf_token = _unmasked_token  # type: ignore[method-assign]  # protect() has no parameter for it


def install(app: Flask) -> None:
    _protect.init_app(app)
    app.context_processor(lambda: {"csrf_token": csrf_tokens.token})  # after Flask-WTF's, so this one counts
    app.jinja_env.globals["csrf_token"] = csrf_tokens.token
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
