"""Calls from the gateway to the services: who asks, in which language, until when, and once per Idempotency-Key."""

from collections.abc import Callable
from typing import Any

from flask import g, request
from uuid_utils.compat import uuid7

from chassis.observability import telemetry
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from gateway.calls import cache
from gateway.http import current

SAFE = frozenset({"GET", "HEAD"})
# Who the gateway is when it acts for itself. Never given to a request.
ITSELF = Identity(party="system", scopes=frozenset({"gateway"}))


def call(service: str, method: str, payload: dict[str, Any], *, identity: Identity | None = None) -> dict[str, Any]:
    """The service's answer; it acts as `identity`, by default as whoever makes the request. Datetimes and UUIDs in
    `payload` travel as text (orjson). Raises chassis.rpc.refusal.Refused for a no, chassis.rpc.refusal.Refusal (unavailable)
    when the service does not answer within LINLI_RPC_TIMEOUT; both become problems by themselves."""
    g.asked_services = True
    who = current.identity() if identity is None else identity
    try:
        return current.rpc().call(service, method, payload, _context(service, who))
    finally:
        if request.method not in SAFE:
            # Whoever changed something sees it at once; the other replicas hear of it by the published event.
            cache.of_app().clear(cache.TAGS_OF_SERVICE.get(service, ()))


def caller() -> Callable[[str, str, dict[str, Any]], dict[str, Any]]:
    """`call` for what outlives the request (streams): reads, as whoever made it."""
    rpc, timeout = current.rpc(), current.settings().rpc_timeout
    context = CallContext(current.identity(), language=current.language(), correlation_id=current.correlation_id())

    def read(service: str, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        return rpc.call(service, method, payload, context.with_deadline(timeout))

    return read


def _context(service: str, who: Identity) -> CallContext:
    key, chosen = _key(service)
    context = CallContext(
        identity=who,
        language=current.language(),
        correlation_id=current.correlation_id(),
        idempotency_key=key,
        key_from_caller=chosen,
        request_hash=g.get("request_hash"),
        trace=telemetry.traces.outgoing(),
    )
    return context.with_deadline(current.settings().rpc_timeout)


def _key(service: str) -> tuple[str, bool]:
    """The key of this call, and whether the caller chose it. A service tells requests apart by it, so a request that
    asks one service twice gets a second key, the same one each time it is repeated."""
    if (chosen := g.get("idempotency_key")) is None or request.method in SAFE:
        return uuid7().hex, False
    calls: dict[str, int] = g.setdefault("calls", {})
    calls[service] = calls.get(service, 0) + 1
    return (chosen if calls[service] == 1 else f"{chosen}#{calls[service]}"), True
