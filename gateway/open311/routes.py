"""The paths of GeoReport v2. Each may end with .json or .xml."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.exceptions import NotFound, UnsupportedMediaType

from gateway.http import credentials
from gateway.open311 import filing, service_requests, services, updates
from gateway.open311.formats import SUFFIXES, respond, split

blueprint = Blueprint("open311", __name__, url_prefix="/open311")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CHANGED = "2026-11-28T00:00:00Z"  # of the description of the endpoint


@blueprint.before_request
def _use_key() -> None:
    """`api_key`, or the header X-API-Key. Raises UnsupportedMediaType for a body that is no form, and the refusals of keys."""
    if request.method == "POST" and request.mimetype not in _FORMS:
        raise UnsupportedMediaType()
    if key := request.values.get("api_key", "").strip() or request.headers.get("X-API-Key", "").strip():
        credentials.use_key(key)


def _route(path: str, method: str = "GET") -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """The path with each suffix. A path that ends with a parameter has the suffix in it."""

    def register(view: Callable[..., Response]) -> Callable[..., Response]:
        for suffix in ("",) if path.endswith(">") else ("", *SUFFIXES):
            blueprint.add_url_rule(path + suffix, view.__name__, view, methods=[method])
        return view

    return register


@_route("/discovery")
@_route("/v2/discovery")
def discovery() -> Response:
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": url_for("open311.list_services", _external=True).removesuffix("/services"),
        "changeset": CHANGED,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    contact = url_for("pages.home", _external=True)
    about: dict[str, Any] = {
        "changeset": CHANGED,
        "contact": contact,
        "key_service": contact,
        "endpoints": [endpoint],
    }
    return respond(about, "discovery")


@_route("/v2/services")
def list_services() -> Response:
    return respond(services.list_services(), "services", "service")


@_route("/v2/services/<code>")
def get_service(code: str) -> Response:
    return respond(services.definition(split(code)[0]), "service_definition")


@_route("/v2/requests")
def list_requests() -> Response:
    return respond(service_requests.list_requests(), "service_requests", "request")


@_route("/v2/requests", "POST")
def post_request() -> Response:
    return respond([filing.file_request()], "service_requests", "request")


@_route("/v2/requests/<case_id>")
def get_request(case_id: str) -> Response:
    return respond([service_requests.get_request(split(case_id)[0])], "service_requests", "request")


@_route("/v2/tokens/<token>")
def get_token(token: str) -> Response:
    """A request has its id at once, so no token is ever given out. The id is answered for itself."""
    found = service_requests.public_case(split(token)[0])
    return respond([{"service_request_id": found["id"], "token": found["id"]}], "service_requests", "request")


@_route("/v2/servicerequestupdates")
def list_updates() -> Response:
    return respond(updates.list_updates(), "service_request_updates", "request_update")


@_route("/v2/servicerequestupdates", "POST")
def post_update() -> Response:
    return respond([updates.take_update()], "service_request_updates", "request_update")


@blueprint.get("/v2/requests/<uuid:case_id>/pictures/<uuid:photo_id>")
def get_picture(case_id: UUID, photo_id: UUID) -> Response:
    media_type, content = service_requests.see_picture(case_id, photo_id)
    response = current_app.response_class(content, mimetype=media_type)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.route("/<path:rest>")
def nothing(rest: str) -> Response:
    raise NotFound()
