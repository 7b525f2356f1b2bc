"""Reads that are the same for everybody, made as a visitor and kept for a while."""

import time
from collections.abc import Hashable
from typing import Any

import orjson
from flask import g

from chassis.rpc.identity import ANONYMOUS
from gateway.calls import cache, calls
from gateway.http import current, metrics


def public_call(service: str, method: str, payload: dict[str, Any], *, tag: str) -> dict[str, Any]:
    """A service's answer to a visitor, kept if possible. Treat it as read-only. Raises what calls.call raises."""
    kept_reads = cache.of_app()
    key = (service, method, orjson.dumps(payload, option=orjson.OPT_SORT_KEYS))
    now = time.monotonic()
    asked_at = kept_reads.change_count(tag)
    g.setdefault("public_reads", {}).setdefault(tag, asked_at)
    if (kept := kept_reads.get(key, now)) is None and (asking := kept_reads.begin(key)) is not None:
        # Where that fails, or is overtaken by a change, everybody asks for themselves.
        asking.wait(current.settings().rpc_timeout)
        kept = kept_reads.get(key, now)
    elif kept is None:
        try:
            return _ask(service, method, payload, key, tag, asked_at)
        finally:
            kept_reads.end(key)
    if kept is not None:
        metrics.cache.labels("hit").inc()
        return kept
    return _ask(service, method, payload, key, tag, asked_at)


def _ask(service: str, method: str, payload: dict[str, Any], key: Hashable, tag: str, asked_at: int) -> dict[str, Any]:
    metrics.cache.labels("miss").inc()
    now = time.monotonic()
    answer = calls.call(service, method, payload, identity=ANONYMOUS)
    cache.of_app().put(key, answer, tag=tag, asked_at=asked_at, now=now)
    return answer
