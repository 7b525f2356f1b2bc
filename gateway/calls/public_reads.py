"""Reads with the same answer for all readers. They are made as a visitor and cached."""

from collections.abc import Hashable, Mapping
from typing import Any

import orjson
from flask import g

from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.interface import Verb
from gateway.calls import cache, calls
from gateway.http import current, metrics


def read(verb: Verb, values: Mapping[str, Any]) -> dict[str, Any]:
    """`send` with values by field name."""
    return send(verb, verb.payload(dict(values)))


def send(verb: Verb, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A service's answer to a visitor, from the cache if possible. Do not change it. The verb needs a tag in cache.TAGS. Raises
    the errors of calls.send."""
    tag = cache.TAGS[verb.address]
    cached_reads = cache.of_app()
    key = (verb.address, orjson.dumps(payload, option=orjson.OPT_SORT_KEYS))
    changes = cached_reads.change_count(tag)
    g.setdefault("public_reads", {}).setdefault(tag, changes)
    if (cached := cached_reads.get(key)) is None and (asking := cached_reads.begin(key)) is not None:
        # If the other request fails, or its answer is outdated already, this request calls the service itself.
        asking.wait(current.settings().rpc_timeout)
        cached = cached_reads.get(key)
    elif cached is None:
        try:
            return _ask(verb, payload, key, tag, changes)
        finally:
            cached_reads.end(key)
    if cached is not None:
        metrics.cache.labels("hit").inc()
        return cached
    return _ask(verb, payload, key, tag, changes)


def _ask(verb: Verb, payload: Mapping[str, Any], key: Hashable, tag: str, changes: int) -> dict[str, Any]:
    metrics.cache.labels("miss").inc()
    cached_reads = cache.of_app()
    asked_at = cached_reads.now()
    answer = calls.send(verb, payload, identity=ANONYMOUS)
    cached_reads.put(key, answer, tag=tag, changes=changes, asked_at=asked_at)
    return answer
