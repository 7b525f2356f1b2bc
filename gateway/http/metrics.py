"""The gateway's own metrics, in addition to those of the chassis."""

from itertools import product

from prometheus_client import Counter

from chassis.observability.metrics import http_seconds, registry

__all__ = ["cache", "http_seconds", "sign_ins"]

cache = Counter(
    "linli_http_cache", "Public reads: from the cache (hit), not (miss), by an old copy (kept)", ["result"], registry=registry
)
sign_ins = Counter("linli_sign_ins", "Attempts to sign in; way: code, password", ["way", "result"], registry=registry)


def _begin_at_zero() -> None:
    """Create the known series at the start. A rate over a series that appears with its first count would miss that count."""
    for result in ("hit", "miss", "kept"):
        cache.labels(result)
    for way, result in product(("code", "password"), ("ok", "refused")):
        sign_ins.labels(way, result)


_begin_at_zero()
