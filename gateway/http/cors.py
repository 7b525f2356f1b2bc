"""Cross-origin requests (CORS) of the web pages that LINLI_CORS_ORIGINS lists.

A listed page may use the API with a key or a token. It never acts with the cookie of a reader, because no answer allows
credentials. This is a WSGI application around all others: the cache of whole answers is in front of Flask, and its answers must
not have the header of another page. That is why flask-cors does not fit.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from gateway.settings import GatewaySettings

PATHS = ("/api/", "/open311/", "/oauth/", "/.well-known/oauth-authorization-server")
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
REQUEST_HEADERS = (
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Linli-Visitor, "
    "X-API-Key, X-Request-ID"
)
ANSWER_HEADERS = (
    "Age, ETag, Link, Linli-As-Of, Linli-Visitor, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, "
    "X-Request-ID"
)
PREFLIGHT_AGE = "600"  # seconds that a browser keeps the answer to a preflight
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def listed_origins(settings: GatewaySettings) -> frozenset[str]:
    """The origins of LINLI_CORS_ORIGINS, as browsers write them."""
    return frozenset(origin.strip().lower() for origin in settings.cors_origins.split(",") if origin.strip())


def install(app: Flask) -> None:
    """Call it last, so that it is outside of all other parts. Without listed origins, nothing is installed."""
    if origins := listed_origins(app.extensions["linli.gateway_settings"]):
        app.wsgi_app = allowing(origins, app.wsgi_app)  # type: ignore[method-assign,assignment]


def allowing(origins: frozenset[str], inner: Application) -> Application:
    """`inner`, with the headers that let pages of `origins` read its answers."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PATHS):
            return inner(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        is_listed = origin in origins
        if is_listed and _is_preflight(environ):
            start_response("204 NO CONTENT", [*_allowed(origin), *_PREFLIGHT])
            return []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            # A cache must not give the answer for one origin to another.
            more = _allowed(origin) if is_listed else [("Vary", "Origin")]
            return start_response(status, [*headers, *more], *rest)

        return inner(environ, start)

    return application


_PREFLIGHT = [
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", REQUEST_HEADERS),
    ("Access-Control-Max-Age", PREFLIGHT_AGE),
    ("Cache-Control", "no-store"),
]


def _allowed(origin: str | None) -> list[tuple[str, str]]:
    return [
        ("Access-Control-Allow-Origin", str(origin)),
        ("Access-Control-Expose-Headers", ANSWER_HEADERS),
        ("Vary", "Origin"),
    ]


def _is_preflight(environ: dict[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
