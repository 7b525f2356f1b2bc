"""Reads that are the same for everybody, made as a visitor and cached for a while."""

import time
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
    """A service's answer to a visitor, cached if possible. Treat it as read-only. The verb needs a tag in cache.TAGS. Raises
    what calls.send raises."""
    tag = cache.TAGS[verb.address]
    cached_reads = cache.of_app()
    key = (verb.address, orjson.dumps(payload, option=orjson.OPT_SORT_KEYS))
    now = time.monotonic()
    asked_at = cached_reads.change_count(tag)
    g.setdefault("public_reads", {}).setdefault(tag, asked_at)
    if (cached := cached_reads.get(key, now)) is None and (asking := cached_reads.begin(key)) is not None:
        # If the other request fails, or a change overtakes it, this one asks for itself.
        asking.wait(current.settings().rpc_timeout)
        cached = cached_reads.get(key, now)
    elif cached is None:
        try:
            return _ask(verb, payload, key, tag, asked_at)
        finally:
            cached_reads.end(key)
    if cached is not None:
        metrics.cache.labels("hit").inc()
        return cached
    return _ask(verb, payload, key, tag, asked_at)


def _ask(verb: Verb, payload: Mapping[str, Any], key: Hashable, tag: str, asked_at: int) -> dict[str, Any]:
    metrics.cache.labels("miss").inc()
    now = time.monotonic()
    answer = calls.send(verb, payload, identity=ANONYMOUS)
    cache.of_app().put(key, answer, tag=tag, asked_at=asked_at, now=now)
    return answer
