"""The whole API as one OpenAPI 3.1 document, and the page that shows it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response, request
from flask_smorest import Api
from werkzeug.wrappers import Response as WerkzeugResponse

from gateway.api import problem_schemas
from gateway.api.resource import Resource

VERSION = "1.0.0"
DESCRIPTION = """\
邻里 (Linli): spaces, cases, club events and notifications of the district's community service centres.

* Times are RFC 3339 with an offset; ids are UUIDs; names come in both languages (`zh-CN`, `en`).
* Every error is `application/problem+json` (RFC 9457) with a stable `code`; what is not yours to see is a 404.
* Lists come in pages: follow `Link: <…>; rel="next"`, or send `next_cursor` as `cursor`.
* Send an `Idempotency-Key` with every POST: the same key and body get the same answer for 24 hours, another body 422.
* Things with a version have it in their `ETag`; send it as `If-Match` with a change, and get 412 if somebody was faster.
* Cookies: requests that change something need the `csrf_token` of your session as `X-CSRFToken`.
"""
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session (POST /api/v1/auth/sessions), or the API key of another system.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "For other systems; made by an admin. `Authorization: Bearer` takes it as well.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "linli_session",
        "description": "Set by signing in with `cookie: true`; changes need X-CSRFToken as well.",
    },
}
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "IdempotencyKey": (
        "Idempotency-Key",
        {
            "description": "Makes repeating the request safe; a UUID, for instance. Not honoured for signing in.",
            "schema": {"type": "string", "pattern": r"^[A-Za-z0-9._:\-]{8,128}$"},
        },
    ),
    "IfMatch": (
        "If-Match",
        {"description": 'ETag of the version you saw, such as `W/"v3.5f1c"`.', "schema": {"type": "string"}},
    ),
    "IfNoneMatch": (
        "If-None-Match",
        {"description": "ETag you have; 304 if nothing changed since.", "schema": {"type": "string"}},
    ),
    "AcceptLanguage": (
        "Accept-Language",
        {"description": "zh-CN (default) or en.", "schema": {"type": "string"}, "example": "zh-CN"},
    ),
    "RequestIdHeader": (
        "X-Request-ID",
        {
            "description": "Your id for the request, told back and found in all logs; one is made otherwise.",
            "schema": {"type": "string"},
        },
    ),
}
_HEADERS = {
    "RequestId": ("Id of the request in all logs.", "string"),
    "ETag": ("Version and fingerprint of what you got.", "string"),
    "Link": ("Next page, rel=next; absent on the last.", "string"),
    "Location": ("Address of what was made.", "string"),
    "RetryAfter": ("Seconds to wait.", "integer"),
    "WWWAuthenticate": ("How to authenticate.", "string"),
}


def install(app: Flask, resources: list[Resource]) -> None:
    """Register the resources with flask-smorest, and serve /api/openapi.json and /api/docs."""
    app.config.update(API_TITLE="Linli 邻里", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0", PROVIDE_AUTOMATIC_OPTIONS=False)
    make: Any = _Api  # flask-smorest is untyped
    api = make(
        app, spec_kwargs={"info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}}
    )
    _components(api)
    for resource in resources:
        api.register_blueprint(resource.blueprint)
    document: bytes = orjson.dumps(_finished(api.spec.to_dict()), option=orjson.OPT_NON_STR_KEYS)
    app.extensions["linli.openapi"] = document
    app.add_url_rule("/api/openapi.json", "openapi", lambda: _serve(document), methods=["GET"])
    app.add_url_rule("/api/docs", "api_docs", lambda: _page(app), methods=["GET"])


class _Api(Api):
    DEFAULT_ERROR_RESPONSE_NAME = ""

    def _register_error_handlers(self) -> None:
        """gateway.http.problems answers all errors."""


def _components(api: Any) -> None:
    components = api.spec.components
    for name, scheme in _SCHEMES.items():
        components.security_scheme(name, scheme)
    for name, (header, parameter) in _PARAMETERS.items():
        components.parameter(name, "header", {"name": header, "required": False, **parameter})
    for name, (description, type_) in _HEADERS.items():
        components.header(name, {"description": description, "schema": {"type": type_}})
    for name, response in problem_schemas.responses().items():
        components.response(name, response)


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    document["servers"] = [{"url": "/", "description": "this installation"}]
    document["jsonSchemaDialect"] = "https://spec.openapis.org/oas/3.1/dialect/base"
    return document


def _serve(document: bytes) -> WerkzeugResponse:
    response = Response(document, mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.add_etag(weak=True)
    return response.make_conditional(request)


def _page(app: Flask) -> Response:
    """The page with Swagger UI, which is served as the assets of our own pages are: compressed, and kept by browsers."""
    asset: Callable[[str], str] = app.jinja_env.globals["asset"]  # type: ignore[assignment]  # gateway.web.assets made it
    page = (Path(app.static_folder or "static") / "api-docs.html").read_text()
    return Response(re.sub(r'(?<=")/static/([^"]+)', lambda found: asset(found[1]), page), mimetype="text/html")
