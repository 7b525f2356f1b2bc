"""Calls from the gateway to the services: who asks, in which language, until when, and once per Idempotency-Key."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, request
from uuid_utils.compat import uuid7

from chassis.observability import telemetry
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.interface import Command, Verb
from gateway.calls import cache
from gateway.http import current
from gateway.http.current import Rpc

SAFE = frozenset({"GET", "HEAD"})
# Who the gateway is when it acts for itself. Never given to a request.
ITSELF = Identity(party="system", scopes=frozenset({"gateway"}))

Call = Callable[[Verb, Mapping[str, Any]], dict[str, Any]]


def call(verb: Verb, values: Mapping[str, Any], *, identity: Identity | None = None, part: str = "") -> dict[str, Any]:
    """The service's answer to `verb` with `values` by field name; see `send`. Raises TypeError for a field that the verb
    does not take."""
    return send(verb, verb.payload(dict(values)), identity=identity, part=part)


def send(verb: Verb, payload: Mapping[str, Any], *, identity: Identity | None = None, part: str = "") -> dict[str, Any]:
    """The service's answer to `payload`, which holds JSON by the names on the wire; times and UUIDs travel as text. The call
    acts as `identity`, by default as the sender of the request. A request that gives one service several commands
    names the `part` that each is. Raises chassis.rpc.refusal.Refused for a refusal, and chassis.rpc.refusal.Refusal
    (unavailable) when the service does not answer within LINLI_RPC_TIMEOUT."""
    g.asked_services = True
    who = current.identity() if identity is None else identity
    try:
        return current.rpc().call(verb.service, verb.name, dict(payload), _context(verb, who, part))
    finally:
        if request.method not in SAFE:
            # The sender of a change sees it at once; the other replicas hear of it by the published event.
            cache.of_app().clear(cache.TAGS_OF_SERVICE.get(verb.service, ()))


def as_gateway(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    """`call` as the gateway itself."""
    return call(verb, values, identity=ITSELF)


def outside_requests(rpc: Rpc) -> Call:
    """Calls as the gateway itself, for work that no request starts. Each has an idempotency key of its own."""

    def ask(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
        return rpc.call(verb.service, verb.name, verb.payload(dict(values)), CallContext(ITSELF, correlation_id=uuid7().hex))

    return ask


def outliving_the_request() -> Call:
    """Reads as the sender of the request, for streams, which go on after it."""
    rpc, timeout = current.rpc(), current.settings().rpc_timeout
    context = CallContext(current.identity(), language=current.language(), correlation_id=current.correlation_id())

    def read(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
        return rpc.call(verb.service, verb.name, verb.payload(dict(values)), context.with_deadline(timeout))

    return read


def _context(verb: Verb, who: Identity, part: str) -> CallContext:
    key, chosen = _key(verb, part)
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


def _key(verb: Verb, part: str) -> tuple[str, bool]:
    """The key of this call, and whether the caller chose it. A service tells commands apart by it, so a request that gives
    one service several commands names the `part` that each of them is: the keys are then the same when the request is
    repeated, in whatever order the commands are given."""
    chosen: str | None = g.get("idempotency_key")
    if chosen is None or request.method in SAFE or not isinstance(verb, Command):
        return uuid7().hex, False
    key = f"{chosen}/{part}" if part else chosen
    given: set[tuple[str, str]] = g.setdefault("given_commands", set())
    if (verb.service, key) in given:
        raise RuntimeError(f"a request gives {verb.service} several commands, and {verb.address} names no part of its own")
    given.add((verb.service, key))
    return key, True
