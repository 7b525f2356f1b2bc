"""How often one client, account or phone may ask for what costs us something. Counted per process, in memory."""

import time
from dataclasses import dataclass

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from gateway import current
from gateway.refusals import Throttled


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` as in "60 per hour"; `name` keeps the counts of different limits apart."""

    name: str
    rate: str

    @property
    def item(self) -> RateLimitItem:
        return parse(self.rate)


CODES = Limit("codes", "60 per 15 minutes")
SIGN_IN_FAILURES = Limit("sign-in failures", "30 per 15 minutes")
ACCOUNT_FAILURES = Limit("account failures", "10 per 15 minutes")
ANONYMOUS_REPORTS = Limit("anonymous reports", "60 per hour")
UPLOADS = Limit("uploads", "120 per hour")
LOOK_UPS = Limit("look-ups", "60 per 15 minutes")


def install(app: Flask) -> None:
    app.extensions["linli.limits"] = MovingWindowRateLimiter(MemoryStorage())


def spend(limit: Limit, key: str | None = None) -> None:
    """Count one use by `key`, by default whoever asks. Raises Throttled once there were too many."""
    key = key or requester()
    if not _limiter().hit(limit.item, limit.name, key):
        raise _throttled(limit, key)


def check(limit: Limit, key: str | None = None) -> None:
    """Raises Throttled if `key` has nothing left; counts nothing."""
    key = key or requester()
    if not _limiter().test(limit.item, limit.name, key):
        raise _throttled(limit, key)


def count(limit: Limit, key: str | None = None) -> None:
    """Count one use, whether or not there is any left."""
    _limiter().hit(limit.item, limit.name, key or requester())


def requester() -> str:
    """The account, or the address of a visitor."""
    return current.identity().account_id or request.remote_addr or "unknown"


def _throttled(limit: Limit, key: str) -> Throttled:
    reset = _limiter().get_window_stats(limit.item, limit.name, key).reset_time
    return Throttled(retry_after=max(1, reset - time.time()))


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["linli.limits"]
    return limiter
