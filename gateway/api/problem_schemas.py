"""Schemas and examples of problems for the API's document."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from chassis.rpc.interface import Answer
from chassis.rpc.refusal import Refusal
from chassis.rpc.rules import NAIVE_TIME, field_error
from gateway.http.problems import MEDIA_TYPE, OF_STATUS, STATUS_OF_KIND, type_of

# An example of each status that only refusals have.
_EXAMPLES = {
    409: ("booking.space_taken", "The space is already taken at that time."),
    410: ("messages.cursor_expired", "The messages after this point are not stored here (any more)."),
    412: ("version_mismatch", "It has changed since you last saw it; load it again."),
    503: ("service_unavailable", "The service cannot answer right now; please try again in a moment."),
}
_TITLES = {
    400: "Malformed request",
    401: "Not signed in, or the credentials are invalid or have expired",
    403: "Not allowed",
    404: "Not found, or not visible to you",
    409: "Not possible in the current state",
    410: "No longer available",
    412: "Changed since the version in If-Match",
    413: "Body too large",
    415: "Wrong content type",
    422: "Fields are wrong, or the request breaks a rule of form",
    429: "Too many requests; Retry-After says when to try again",
    500: "An error on our side",
    503: "A service cannot be reached; Retry-After says when to try again",
}


class FieldProblem(Answer):
    field = fields.String(required=True, metadata={"example": "starts_at", "description": "dotted path"})
    code = fields.String(required=True, metadata={"example": "naive_time"})
    message = fields.String(required=True, metadata={"example": "The time needs an offset, such as +08:00."})


class Problem(Answer):
    """RFC 9457. `code` is stable; `detail` is for people, in the language of Accept-Language."""

    type = fields.String(required=True, metadata={"example": "/problems/booking.space_taken"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    correlation_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblem))
    details = fields.Dict(metadata={"description": "More data for programs, such as alternatives."})


def responses() -> dict[str, dict[str, Any]]:
    """Component responses, such as `Problem404`."""
    known = sorted({*OF_STATUS, *STATUS_OF_KIND.values(), 503} & set(_TITLES))
    return {f"Problem{status}": _response(status) for status in known}


def response_with(status: int, refusals: Sequence[type[Refusal]]) -> dict[str, Any]:
    """The response of `status`. It lists `refusals` by code, with an example of each."""
    codes = "\n".join(f"* `{refusal.code}`: {refusal.en}" for refusal in refusals)
    response = _response(status)
    content = response["content"][MEDIA_TYPE]
    examples = {refusal.code: {"value": _example(status, refusal.code, refusal.en)} for refusal in refusals}
    return {
        "description": f"{_TITLES[status]}\n\n{codes}",
        "headers": response["headers"],
        "content": {MEDIA_TYPE: {"schema": content["schema"], "examples": examples}},
    }


def _response(status: int) -> dict[str, Any]:
    code, detail = _EXAMPLES.get(status) or OF_STATUS[status][:2]
    headers: dict[str, Any] = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}}
    if status == 429:
        headers["RateLimit-Policy"] = {"$ref": "#/components/headers/RateLimitPolicy"}
        headers["RateLimit"] = {"$ref": "#/components/headers/RateLimit"}
    if status in (429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    if status == 401:
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/WWWAuthenticate"}
    content = {MEDIA_TYPE: {"schema": Problem, "example": _example(status, code, detail)}}
    return {"description": _TITLES[status], "headers": headers, "content": content}


def _example(status: int, code: str, detail: str) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": type_of(code),
        "title": _TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
        "instance": "/api/v1/bookings",
        "correlation_id": "0199d3a07c1e7a529d5b3f1c2b6a4e10",
    }
    if status == 422:
        example["errors"] = [field_error(NAIVE_TIME, "starts_at", "en")]
    return example
