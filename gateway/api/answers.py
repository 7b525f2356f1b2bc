"""Answers of the API: JSON, weak ETags, 304 for reads, a Link to the next page."""

import hashlib
import re
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from chassis.rpc.refusal import VersionMismatch
from gateway.calls.calls import SAFE

_OURS = re.compile(r'(?:W/)?"v(?P<version>\d{1,9})(?:\.[0-9a-f]+)?"')


def respond(body: dict[str, Any], status: int, *, location: str | None = None) -> Response:
    """The body as JSON. The ETag of an object with a version contains the version and a fingerprint of the body, because
    readers may see different fields. The ETag of other reads is the fingerprint."""
    content = orjson.dumps(body)
    response = Response(content, status=status, mimetype="application/json")
    fingerprint = hashlib.blake2b(content, digest_size=8).hexdigest()
    if isinstance(version := body.get("version"), int):
        response.headers["ETag"] = f'W/"v{version}.{fingerprint}"'
    elif request.method in SAFE:
        response.headers["ETag"] = f'W/"{fingerprint}"'
    if next_cursor := body.get("next_cursor"):
        response.headers["Link"] = f'<{_with_cursor(next_cursor)}>; rel="next"'
    if location is not None:
        response.headers["Location"] = location
    if request.method in SAFE:
        response.headers["Cache-Control"] = "private, no-cache"
        response.make_conditional(request)
    return response


def expected_version() -> dict[str, int]:
    """`{"expected_version": n}` for a service, from If-Match. Empty without If-Match, or if it is `*`. Raises VersionMismatch
    for a tag that is not one of ours, because it cannot match the stored version."""
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return {}
    if (match := _OURS.fullmatch(header)) is None:
        raise VersionMismatch()
    return {"expected_version": int(match["version"])}


def _with_cursor(cursor: str) -> str:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*query, ('cursor', cursor)])}"
