"""Errors as Open311 arrays: 404 for what does not exist, 403 for a bad key, 400 for other bad requests."""

from flask import Response

from gateway.http.problems import Problem
from gateway.open311.formats import respond

_AS_THEY_ARE = frozenset({403, 404, 405, 413, 429})
# The names of our fields that clients know by another name.
_NAMES = {
    "category": "service_code",
    "categories": "service_code",
    "text": "description",
    "address": "address_string",
    "location": "lat, long",
    "location.lat": "lat",
    "location.lon": "long",
    "photo": "media_url",
    "photo_ids": "media_url",
    "community_id": "jurisdiction_id",
    "case_id": "service_request_id",
    "case_ids": "service_request_id",
    "reported_to": "end_date",
    "changed_to": "updated_before",
    "until": "end_date",
    "comment": "description",
}


def answer_problem(problem: Problem) -> Response:
    """One error per wrong field, or one. `code` is the status, `description` begins with the field or our stable code."""
    status = _status(problem.status)
    errors = [f"{_name(one['field'])}: {one['message']}" for one in problem.errors if one.get("field")]
    told = errors or [f"{problem.code}: {problem.detail}"]
    return respond([{"code": status, "description": text} for text in told], "errors", "error", status=status)


def _name(field: str) -> str:
    """The name that the client knows, also of an item of a list (`categories.0`)."""
    return _NAMES.get(field) or _NAMES.get(field.partition(".")[0], field)


def _status(status: int) -> int:
    if status == 401:
        return 403
    return status if status in _AS_THEY_ARE or status >= 500 else 400
