"""Every error the gateway answers, as RFC 9457 problem+json on the API and as a page elsewhere.

The pages hang their own rendering in: `app.extensions["linli.problem_page"] = render`, where
`render(problem: Problem) -> Response | str` gets what the API would have answered.
"""

import math
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, make_response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from chassis.observability import metrics, telemetry
from chassis.rpc.refusal import Kind, Refusal, Refused
from gateway.http import current

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
# What HTTP itself refuses, before any service is asked: code, English, Chinese.
OF_STATUS = {
    400: ("malformed", "The request could not be read.", "请求无法解析。"),
    401: ("unauthenticated", "Please sign in first.", "请先登录。"),
    403: ("forbidden", "This is not yours to do.", "您没有权限进行此操作。"),
    404: ("not_found", "There is no such thing.", "没有找到。"),
    405: ("method_not_allowed", "This method is not possible here.", "此处不支持该请求方法。"),
    406: ("not_acceptable", "This cannot be answered in the form that was asked for.", "无法按所要求的格式返回。"),
    408: ("timeout", "The request came in too slowly.", "请求超时。"),
    411: ("length_required", "The length of the body must be given.", "必须提供请求体长度。"),
    413: ("too_large", "The request is too large.", "请求内容过大。"),
    414: ("address_too_long", "The address is too long.", "网址过长。"),
    415: ("unsupported_media_type", "The body must be of another content type.", "不支持的内容类型。"),
    422: ("invalid", "Some fields are not valid.", "部分字段无效。"),
    429: ("too_many", "Too many requests; please wait.", "请求过于频繁，请稍后再试。"),
    431: ("headers_too_large", "The headers are too large.", "请求头过大。"),
    500: ("internal", "Something went wrong on our side.", "系统出现错误。"),
    501: ("not_implemented", "This method is not known here.", "不支持该请求方法。"),
    505: ("version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here.", "仅支持 HTTP/1.0 和 HTTP/1.1。"),
}
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is stable and for programs, `detail` is a sentence for a person, `errors` lists wrong fields as
    {field, code, message}, `details` holds what else a program needs (alternatives, allowed verbs, …)."""

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


def _counted(problem: Problem) -> Problem:
    """What a service refuses is counted there."""
    metrics.refusals.labels("gateway", problem.code).inc()
    return problem


def of_refusal(refusal: Refusal) -> Problem:
    """What the gateway refuses itself."""
    return _problem(refusal.code, refusal.kind, refusal.text(current.language()), refusal.details_for(current.language()))


def of_refused(refused: Refused) -> Problem:
    """What a service refused, in the words it chose."""
    return _problem(refused.code, refused.kind, refused.message, refused.details)


def of_http(error: HTTPException) -> Problem:
    """What Flask, werkzeug or an extension refused."""
    status = error.code if error.code in OF_STATUS else 500 if (error.code or 500) >= 500 else 400
    code, en, zh = OF_STATUS[status]
    headers = {"Retry-After": str(retry_after(error))} if status == 429 else {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="linli"'
    return Problem(status, code, en if current.language() == "en" else zh, headers=headers)


def retry_after(error: HTTPException) -> int:
    """Seconds until a throttled caller may ask again."""
    window = getattr(getattr(error, "limit", None), "limit", None)
    return int(window.get_expiry()) if window is not None else RETRY_AFTER[429]


def answer(problem: Problem) -> Response:
    """The problem as this part of the site shows it."""
    render = current_app.extensions.get("linli.problem_page")
    if render is not None and not speaks_json():
        response = make_response(render(problem))
    else:
        response = Response(orjson.dumps(problem.body()), mimetype=MEDIA_TYPE)
    response.status_code = problem.status
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    g.refusal = problem.code
    return response


def speaks_json() -> bool:
    """True where the caller is a program."""
    return request.path.startswith(("/api/", "/livez", "/readyz"))


def _problem(code: str, kind: Kind, detail: str, details: dict[str, Any]) -> Problem:
    rest = {name: value for name, value in details.items() if name not in ("errors", "retry_after")}
    status = STATUS_OF_KIND[kind]
    headers: dict[str, str] = {}
    if status in RETRY_AFTER:
        headers["Retry-After"] = str(math.ceil(details.get("retry_after", RETRY_AFTER[status])))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="linli"'
    return Problem(status, code, detail, list(details.get("errors", ())), rest, headers)


def _unexpected(error: Exception) -> Response:
    """A bug: the log gets the trace, the caller gets an id to name it by."""
    log.exception("request failed", route=str(request.url_rule))
    code, en, zh = OF_STATUS[500]
    # chassis.rpc.wire.InternalError names the entry in the failing service's log.
    details = {"error_id": error_id} if (error_id := getattr(error, "error_id", None)) else {}
    return answer(Problem(500, code, en if current.language() == "en" else zh, details=details))
