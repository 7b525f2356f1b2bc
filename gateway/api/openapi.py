"""The OpenAPI 3.1 document of the API, and the page that shows it."""

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
from gateway.http.oauth import TOKEN
from gateway.systems.offered import RIGHTS

VERSION = "1.0.0"
DESCRIPTION = """\
邻里 (Linli): spaces, cases, club events and notifications of the district's community service centres.

* Times are RFC 3339 with an offset. Ids are UUIDs. Names are in both languages (`zh-CN`, `en`).
* Every error is `application/problem+json` (RFC 9457) with a stable `code`. If you may not see something, the answer is 404.
* Lists have pages. Follow `Link: <…>; rel="next"`, or send `next_cursor` as `cursor`.
* Send an `Idempotency-Key` with every POST. For 24 hours, the same key and body get the same answer, and another body gets 422.
  Without signing in, also send `Linli-Visitor`: the token from `POST /api/v1/auth/visitors`, or from an earlier answer.
* The `ETag` of an object with a version contains the version. Send it as `If-Match` with a change. The answer is 412 if the
  object has changed meanwhile.
* If the live system does not answer, public reads are answered by a copy of an earlier answer, up to one hour old, if there is
  one. `Linli-As-Of` is its time, `Age` its age in seconds. A live answer has neither. All else is refused with 503 then.
* Other systems send an API key, or an access token that they get from `POST /oauth/token` (RFC 6749, section 4.4). What they
  may do is said in rights: `cases:read`, `messages:read:case.*`, each optionally in one community: `cases:write@liuyi`. If a
  right is missing, the answer is 403 with `details.needs`.
* Answers to limited requests have `RateLimit-Policy` (quota `q` in a window of `w` seconds) and `RateLimit` (`r` left, more
  after `t` seconds).
* With a session cookie, a request that changes something needs the `csrf_token` of your session as `X-CSRFToken`.
"""
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session (POST /api/v1/auth/sessions), or of another system its API key or access token.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "For other systems. An admin makes it. It also works as `Authorization: Bearer`.",
    },
    "oauth2": {
        "type": "oauth2",
        "description": "For other systems: access tokens for OAuth clients. Metadata: /.well-known/oauth-authorization-server.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": TOKEN,
                "scopes": {right: RIGHTS.labels[right]["en"] for right in RIGHTS},
            }
        },
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "linli_session",
        "description": "Set by signing in with `cookie: true`. Changes also need X-CSRFToken.",
    },
}
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "IdempotencyKey": (
        "Idempotency-Key",
        {
            "description": "Makes it safe to repeat the request. For example a UUID. Ignored for signing in.",
            "schema": {"type": "string", "pattern": r"^[A-Za-z0-9._:\-]{8,128}$"},
        },
    ),
    "Visitor": (
        "Linli-Visitor",
        {"description": "Token of a visitor without an account, from an earlier answer.", "schema": {"type": "string"}},
    ),
    "IfMatch": (
        "If-Match",
        {"description": 'ETag of the version that you have, such as `W/"v3.5f1c"`.', "schema": {"type": "string"}},
    ),
    "IfNoneMatch": (
        "If-None-Match",
        {"description": "ETag that you have. The answer is 304 if nothing has changed.", "schema": {"type": "string"}},
    ),
    "AcceptLanguage": (
        "Accept-Language",
        {"description": "zh-CN (default) or en.", "schema": {"type": "string"}, "example": "zh-CN"},
    ),
    "RequestIdHeader": (
        "X-Request-ID",
        {
            "description": "Your id for the request. It is returned and is in all logs. Without it a new id is made.",
            "schema": {"type": "string"},
        },
    ),
}
_COMMUNITY_ID = {
    "name": "community_id",
    "required": False,
    "description": "The community that the request is about. Default: that of the caller's account or API key, that of the "
    "host name, or the only one of the district. Without any of these the answer is 422 with `one_community`.",
    "schema": {"type": "string"},
}
_HEADERS = {
    "RequestId": ("Id of the request in all logs.", "string"),
    "Visitor": ("Token of a visitor, if the request had an Idempotency-Key, no account and no token.", "string"),
    "ETag": ("Version and fingerprint of the answer.", "string"),
    "Link": ("Next page, rel=next. Absent on the last page.", "string"),
    "AsOf": ("Time of the copy (RFC 3339), if the live system does not answer. Absent in a live answer.", "string"),
    "Age": ("Seconds since Linli-As-Of. Absent in a live answer.", "integer"),
    "Location": ("Address of the new object.", "string"),
    "RetryAfter": ("Seconds to wait.", "integer"),
    "RateLimitPolicy": ('The limits of the request: `"system";q=600;w=60`. Absent if it has none.', "string"),
    "RateLimit": ('What is left of the limits: `"system";r=599;t=60`. Absent if there is none.', "string"),
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
        """Nothing to register: gateway.http.problems answers all errors."""


def _components(api: Any) -> None:
    components = api.spec.components
    for name, scheme in _SCHEMES.items():
        components.security_scheme(name, scheme)
    for name, (header, parameter) in _PARAMETERS.items():
        components.parameter(name, "header", {"name": header, "required": False, **parameter})
    components.parameter("CommunityId", "query", _COMMUNITY_ID)
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
    """The page with Swagger UI. Its files are served like the assets of our own pages: compressed, and cached by browsers."""
    asset: Callable[[str], str] = app.jinja_env.globals["asset"]  # type: ignore[assignment]  # gateway.web.assets made it
    page = (Path(app.static_folder or "static") / "api-docs.html").read_text()
    return Response(re.sub(r'(?<=")/static/([^"]+)', lambda found: asset(found[1]), page), mimetype="text/html")
