"""Calls from the gateway to the services, with the caller's identity, language, deadline and idempotency key."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, request
from uuid_utils.compat import uuid7

from chassis.observability import telemetry
from chassis.rpc.communities import Communities
from chassis.rpc.context import CallContext
from chassis.rpc.identity import Identity
from chassis.rpc.interface import Command, Verb
from gateway.calls import cache
from gateway.calls.named_resident import with_resident
from gateway.http import current, showing
from gateway.http.current import Rpc

SAFE = frozenset({"GET", "HEAD"})
# The gateway's own identity, for its own work. No request ever gets it.
GATEWAY_IDENTITY = Identity(party="system", scopes=frozenset({"gateway"}))

Call = Callable[[Verb, Mapping[str, Any]], dict[str, Any]]


def call(verb: Verb, values: Mapping[str, Any], *, identity: Identity | None = None, part: str = "") -> dict[str, Any]:
    """The service's answer to `verb` with `values` by field name. Otherwise like `send`. Raises TypeError for a field that the
    verb does not have."""
    return send(verb, verb.payload(dict(values)), identity=identity, part=part)


def send(verb: Verb, payload: Mapping[str, Any], *, identity: Identity | None = None, part: str = "") -> dict[str, Any]:
    """The service's answer to `payload`. The payload is JSON by the names on the wire; times and UUIDs are text. The call acts
    as `identity`, by default as the caller of the request. If a request sends several commands to one service, each has another
    `part`. Raises chassis.rpc.refusal.Refused for a refusal, and chassis.rpc.refusal.Refusal (kind unavailable) if the service
    does not answer within LINLI_RPC_TIMEOUT."""
    if isinstance(verb, Command):
        showing.check_may_change()
    g.asked_services = True
    who = with_resident(current.identity() if identity is None else identity, verb, payload)
    community_id: str | None = None
    try:
        answer = current.rpc().call(verb.service, verb.name, dict(payload), _context(verb, who, part))
        community_id = answer.get("community_id")
        return answer
    finally:
        if request.method not in SAFE:
            # So that the caller sees the change at once. The other replicas clear their caches when the message arrives.
            tags = (*cache.TAGS_OF_SERVICE.get(verb.service, ()), *cache.TAGS_OF_VERB.get(verb.address, ()))
            cache.of_app().clear(tags, community_id)


def as_gateway(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    """`call` as the gateway itself."""
    return call(verb, values, identity=GATEWAY_IDENTITY)


def for_jobs(rpc: Rpc, communities: Communities) -> Call:
    """Calls as the gateway itself, for work outside a request. Each call has a new idempotency key."""

    def ask(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
        context = CallContext(GATEWAY_IDENTITY, correlation_id=uuid7().hex, communities=communities)
        return rpc.call(verb.service, verb.name, verb.payload(dict(values)), context)

    return ask


def for_streams() -> Call:
    """Reads as the caller of the request, for streams, which continue after the request."""
    rpc, timeout = current.rpc(), current.settings().rpc_timeout
    context = CallContext(
        current.identity(),
        language=current.language(),
        correlation_id=current.correlation_id(),
        communities=current.communities(),
    )

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
        communities=current.communities(),
        trace=telemetry.traces.outgoing(),
    )
    return context.with_deadline(current.settings().rpc_timeout)


def _key(verb: Verb, part: str) -> tuple[str, bool]:
    """The idempotency key of this call, and whether the caller chose it. A service distinguishes commands by their keys. If a
    request sends several commands to one service, the `part` makes their keys different. The keys are then the same when the
    request is repeated, in any order of the commands. Raises RuntimeError if two commands have the same key."""
    chosen: str | None = g.get("idempotency_key")
    if chosen is None or request.method in SAFE or not isinstance(verb, Command):
        return uuid7().hex, False
    key = f"{chosen}/{part}" if part else chosen
    given: set[tuple[str, str]] = g.setdefault("given_commands", set())
    if (verb.service, key) in given:
        raise RuntimeError(f"a request sends {verb.service} several commands, and {verb.address} has no part of its own")
    given.add((verb.service, key))
    return key, True
