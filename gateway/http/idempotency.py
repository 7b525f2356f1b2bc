"""The Idempotency-Key of a POST. It is validated here and sent to the service. For work of the gateway itself, `once` uses
it."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc import idempotency
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import Rule
from gateway.http import current, showing, visitors

HEADER = "Idempotency-Key"
KEY = re.compile(r"[A-Za-z0-9._:\-]{8,128}")
BAD_KEY = Rule(
    "bad_key",
    "8 to 128 letters, digits, dots, dashes, underscores or colons.",
    "8 至 128 个字母、数字、点、横线、下划线或冒号。",
)


def install(app: Flask) -> None:
    app.before_request(_read)


def _read() -> None:
    """Sets the key and the request's fingerprint for gateway.calls. Raises InvalidField if the key is malformed."""
    if request.method != "POST" or not request.path.startswith("/api/"):
        return
    if (key := request.headers.get(HEADER)) is None:
        return
    if not KEY.fullmatch(key):
        raise InvalidField(BAD_KEY, HEADER)
    if not request.path.startswith("/api/v1/auth/"):
        use_key(key, None if request.mimetype == "multipart/form-data" else request.get_data(cache=True))


def use_key(key: str, body: bytes | None) -> None:
    """Set the request's key. The form of a page has it in a hidden field. Callers without an account share a scope, so the
    id of the visitor or of the other system is put before their keys."""
    if (who := current.identity()).account_id is None:
        key = f"{who.system_id or visitors.visitor_id()}:{key}"
    g.idempotency_key = key
    g.request_hash = fingerprint(body or b"")


def fingerprint_content(content: bytes) -> None:
    """Use `content` for the fingerprint, if the body may be different when the same request is sent again."""
    if "idempotency_key" in g:
        g.request_hash = fingerprint(content)


def fingerprint(body: bytes) -> str:
    """Two requests with the same fingerprint are the same request."""
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()


def once(work: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
    """Run `work` once per key, in one transaction of the gateway's database, and return its answer. For POSTs that no service
    answers. Raises the errors of `work`, and KeyReused and InFlight of chassis.rpc.idempotency."""
    showing.check_may_change()
    if (key := g.get("idempotency_key")) is None:
        with transaction(current.database()) as session:
            return work(session)
    asked = idempotency.Request(current.identity().account_id or "anonymous", key, g.request_hash)
    for _ in range(2):
        try:
            with transaction(current.database()) as session:
                if (stored := idempotency.stored_answer(session, asked)) is not None:
                    return stored
                answer = work(session)
                idempotency.store(session, asked, answer)
                return answer
        except idempotency.AlreadyAnswered:
            continue
    raise idempotency.InFlight()
