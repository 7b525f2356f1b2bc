"""All errors that the gateway answers: problem+json (RFC 9457) on the API, a page elsewhere.

The pages register their renderer as `app.extensions["linli.problem_page"]`. It is a function
`render(problem: Problem) -> Response | str` and gets the problem that the API would answer. An interface with errors of another
form registers `(path, render)` as `app.extensions["linli.problem_form"]`: its renderer answers all errors under that path.
"""

import math
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, make_response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from chassis.database.engine import DATABASE_AWAY
from chassis.observability import metrics, telemetry
from chassis.rpc.call import Unavailable
from chassis.rpc.refusal import Kind, Refusal, Refused
from gateway.http import current
from gateway.refusals.systems import KeyNotEnough

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND: dict[Kind, int] = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "precondition": 412,
    "too_many": 429,
    "unavailable": 503,
}
RETRY_AFTER = {429: 60, 503: 2}
# Errors of HTTP itself, before any service is called: code, English, Chinese.
OF_STATUS = {
    400: ("malformed", "The request could not be read.", "请求无法解析。"),
    401: ("unauthenticated", "Please sign in first.", "请先登录。"),
    403: ("forbidden", "You are not allowed to do this.", "您没有权限进行此操作。"),
    404: ("not_found", "It was not found.", "没有找到。"),
    405: ("method_not_allowed", "This method is not allowed here.", "此处不支持该请求方法。"),
    406: ("not_acceptable", "The answer is not available in the requested format.", "无法按所要求的格式返回。"),
    408: ("timeout", "The request arrived too slowly.", "请求超时。"),
    411: ("length_required", "The length of the body is missing.", "必须提供请求体长度。"),
    413: ("too_large", "The request is too large.", "请求内容过大。"),
    414: ("address_too_long", "The address is too long.", "网址过长。"),
    415: ("unsupported_media_type", "The content type of the body is not supported.", "不支持的内容类型。"),
    422: ("invalid", "Some fields are not valid.", "部分字段无效。"),
    429: ("too_many", "Too many requests; please wait.", "请求过于频繁，请稍后再试。"),
    431: ("headers_too_large", "The headers are too large.", "请求头过大。"),
    500: ("internal", "Something went wrong on our side.", "系统出现错误。"),
    501: ("not_implemented", "This method is not supported.", "不支持该请求方法。"),
    505: ("version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are supported.", "仅支持 HTTP/1.0 和 HTTP/1.1。"),
}
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable and is for programs. `detail` is a sentence for people. `errors` lists wrong fields as
    {field, code, message}. `details` has more data for programs (alternatives, allowed verbs, …)."""

    status: int
    code: str
    detail: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": type_of(self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": request.path,
            "correlation_id": g.get("correlation_id", ""),
        }
        if self.errors:
            body["errors"] = self.errors
        if self.details:
            body["details"] = self.details
        return body


def type_of(code: str) -> str:
    """The problem's `type`: the address of its page, relative to this site (RFC 9457, section 3.1.1)."""
    return f"/problems/{code}"


def install(app: Flask) -> None:
    app.register_error_handler(Refusal, lambda error: answer(_counted(of_refusal(error))))
    app.register_error_handler(Refused, lambda error: answer(of_refused(error)))
    app.register_error_handler(HTTPException, lambda error: answer(_counted(of_http(error))))
    app.register_error_handler(Exception, _unexpected)
    for away in DATABASE_AWAY:
        app.register_error_handler(away, _database_away)


def _counted(problem: Problem) -> Problem:
    """Count a refusal of the gateway. A refusal of a service is counted in the service."""
    metrics.refusals.labels("gateway", problem.code).inc()
    return problem


def of_refusal(refusal: Refusal) -> Problem:
    """The problem for a refusal of the gateway itself."""
    return _problem(refusal.code, refusal.kind, refusal.text(current.language()), refusal.details_for(current.language()))


def of_refused(refused: Refused) -> Problem:
    """The problem for a refusal of a service, with the service's sentence."""
    return _problem(refused.code, refused.kind, refused.message, refused.details)


def of_http(error: HTTPException) -> Problem:
    """The problem for an error of Flask, werkzeug or an extension."""
    status = error.code if error.code in OF_STATUS else 500 if (error.code or 500) >= 500 else 400
    code, en, zh = OF_STATUS[status]
    headers = {"Retry-After": str(retry_after(error))} if status == 429 else {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if status == 401:
        headers["WWW-Authenticate"] = _challenge()
    return Problem(status, code, en if current.language() == "en" else zh, headers=headers)


def retry_after(error: HTTPException) -> int:
    """Seconds until a throttled caller may try again."""
    window = getattr(getattr(error, "limit", None), "limit", None)
    return int(window.get_expiry()) if window is not None else RETRY_AFTER[429]


def answer(problem: Problem) -> Response:
    """The problem as an HTTP answer: JSON for programs, otherwise a page."""
    path, own_form = current_app.extensions.get("linli.problem_form", ("", None))
    render = current_app.extensions.get("linli.problem_page")
    if own_form is not None and request.path.startswith(path):
        response: Response = own_form(problem)
    elif render is not None and not wants_json():
        response = make_response(render(problem))
        response.status_code = problem.status
    else:
        response = Response(orjson.dumps(problem.body()), mimetype=MEDIA_TYPE)
        response.status_code = problem.status
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    g.refusal = problem.code
    return response


def wants_json() -> bool:
    """True if the caller is a program."""
    return request.path.startswith(("/api/", "/oauth/", "/.well-known/", "/livez", "/readyz"))


def _problem(code: str, kind: Kind, detail: str, details: dict[str, Any]) -> Problem:
    rest = {name: value for name, value in details.items() if name not in ("errors", "retry_after")}
    status = STATUS_OF_KIND[kind]
    headers: dict[str, str] = {}
    if status in RETRY_AFTER:
        headers["Retry-After"] = str(math.ceil(details.get("retry_after", RETRY_AFTER[status])))
    if status == 401:
        headers["WWW-Authenticate"] = _challenge("invalid_token") if "Authorization" in request.headers else _challenge()
    elif code == KeyNotEnough.code and details.get("needs"):
        headers["WWW-Authenticate"] = _challenge("insufficient_scope", " ".join(details["needs"]))
    return Problem(status, code, detail, list(details.get("errors", ())), rest, headers)


def _challenge(error: str = "", scope: str = "") -> str:
    """How to authenticate, and what was wrong with what was sent (RFC 6750, section 3)."""
    more = {"error": error, "scope": scope}
    return "".join(['Bearer realm="linli"', *(f', {name}="{value}"' for name, value in more.items() if value)])


def _database_away(error: Exception) -> Response:
    """Answer 503 while the gateway's own database cannot be used, as a service does with its database."""
    log.warning("database unavailable", error=str(error).splitlines()[0])
    return answer(_counted(of_refusal(Unavailable())))


def _unexpected(error: Exception) -> Response:
    """Answer a bug. The log gets the stack trace, the caller gets an id that is in the log too."""
    log.exception("request failed", route=str(request.url_rule))
    code, en, zh = OF_STATUS[500]
    # chassis.rpc.wire.InternalError names the entry in the failing service's log.
    details = {"error_id": error_id} if (error_id := getattr(error, "error_id", None)) else {}
    return answer(Problem(500, code, en if current.language() == "en" else zh, details=details))
