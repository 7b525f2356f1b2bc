"""Reads with the same answer for all readers. They are made as a visitor and cached.

If the service cannot answer, the reader gets the last answer that this process has (ADR 0040). gateway.http.kept_copies says in
the response how old it is.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import orjson
from flask import g

from chassis.observability import telemetry
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.interface import Verb
from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import cache, calls
from gateway.http import current, kept_copies, metrics

log = telemetry.get_logger(__name__)

Ask = Callable[[], dict[str, Any]]


def read(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    """`send` with values by field name."""
    return send(verb, verb.payload(dict(values)))


def send(verb: Verb, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A service's answer to a visitor, from the cache if possible. Do not change it. The verb needs a tag in cache.TAGS. Raises
    the errors of calls.send. Answers are cached by the communities that the caller looks at."""
    communities = current.communities()
    key = (verb.address, orjson.dumps([communities.to_claim(), payload], option=orjson.OPT_SORT_KEYS))
    return cached(key, cache.TAGS[verb.address], communities, lambda: calls.send(verb, payload, identity=ANONYMOUS))


def cached(key: Hashable, tag: str, communities: Communities, ask: Ask) -> dict[str, Any]:
    """The result of `ask`, from the cache if possible. Do not change it. The result must be the same for all readers, and valid
    until `tag` is cleared for one of `communities`. If it has a `community_id`, it is about that one only. While a service is
    unavailable, it is a copy of an earlier result, if there is one. Raises the errors of `ask`."""
    try:
        answer, basis = _current(key, tag, communities, ask)
    except (Refused, Refusal) as refusal:
        if refusal.kind != "unavailable" or (copy := cache.of_app().copy(key)) is None:
            raise
        metrics.cache.labels("kept").inc()
        log.info("kept copy served", tag=tag, age=round(copy.age), code=refusal.code)
        kept_copies.note(copy.age)
        return copy.answer
    g.setdefault("public_reads", []).append(basis)
    return answer


def _current(key: Hashable, tag: str, communities: Communities, ask: Ask) -> tuple[dict[str, Any], cache.Basis]:
    cached_reads = cache.of_app()
    if (found := cached_reads.get(key)) is None and (asking := cached_reads.begin(key)) is not None:
        # If the other request fails, or its answer is outdated already, this request asks itself.
        asking.wait(current.settings().rpc_timeout)
        found = cached_reads.get(key)
    elif found is None:
        try:
            return _ask(key, tag, communities, ask)
        finally:
            cached_reads.end(key)
    if found is not None:
        metrics.cache.labels("hit").inc()
        return found
    return _ask(key, tag, communities, ask)


def _ask(key: Hashable, tag: str, communities: Communities, ask: Ask) -> tuple[dict[str, Any], cache.Basis]:
    metrics.cache.labels("miss").inc()
    cached_reads = cache.of_app()
    cleared, asked_at = cached_reads.clearings(), cached_reads.now()
    answer = ask()
    # What is read by its id may be in another community than the one that the caller looks at.
    about = Communities.only(answer["community_id"]) if "community_id" in answer else communities
    basis = cache.Basis(tag, about, cleared)
    cached_reads.put(key, answer, basis, asked_at=asked_at)
    return answer, basis
