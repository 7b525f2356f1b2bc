"""How often one client, account or phone may ask for what costs us something, or guess at what is secret."""

import time
from dataclasses import dataclass

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from gateway.http import current
from gateway.http.shared_limits import SharedLimits
from gateway.refusals import Throttled


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` as in "60 per hour"; `name` keeps the counts of different limits apart. `shared` ones are counted over all
    replicas of the gateway."""

    name: str
    rate: str
    shared: bool = True

    @property
    def item(self) -> RateLimitItem:
        return parse(self.rate)


CODES = Limit("codes", "60 per 15 minutes")
SIGN_IN_FAILURES = Limit("sign-in failures", "30 per 15 minutes")
ACCOUNT_FAILURES = Limit("account failures", "10 per 15 minutes")
LOOK_UPS = Limit("look-ups", "60 per 15 minutes")
# These only keep one client from filling the disk. A few times as many, one share per replica, do no harm, whereas a
# guess or a text message more does; so they are counted in memory, and cost no query.
ANONYMOUS_REPORTS = Limit("anonymous reports", "60 per hour", shared=False)
UPLOADS = Limit("uploads", "120 per hour", shared=False)


def install(app: Flask) -> None:
    count_in(app, SharedLimits(app.extensions["linli.database"], app.extensions["linli.personal"]))


def count_in(app: Flask, shared: Storage) -> None:
    """Count the shared limits in `shared`, and start with none used of the others."""
    app.extensions["linli.limits"] = {
        True: MovingWindowRateLimiter(shared),
        False: MovingWindowRateLimiter(MemoryStorage()),
    }


def spend(limit: Limit, key: str | None = None) -> None:
    """Count one use by `key`, by default whoever asks. Raises Throttled once there were too many."""
    key = key or requester()
    if not _limiter(limit).hit(limit.item, limit.name, key):
        raise _throttled(limit, key)


def check(limit: Limit, key: str | None = None) -> None:
    """Raises Throttled if `key` has nothing left; counts nothing."""
    key = key or requester()
    if not _limiter(limit).test(limit.item, limit.name, key):
        raise _throttled(limit, key)


def count(limit: Limit, key: str | None = None) -> None:
    """Count one use, whether or not there is any left."""
    _limiter(limit).hit(limit.item, limit.name, key or requester())


def forget(limit: Limit, key: str) -> None:
    """As if `key` had used nothing."""
    _limiter(limit).clear(limit.item, limit.name, key)


def requester() -> str:
    """The account, or the address of a visitor."""
    return current.identity().account_id or request.remote_addr or "unknown"


def _throttled(limit: Limit, key: str) -> Throttled:
    reset = _limiter(limit).get_window_stats(limit.item, limit.name, key).reset_time
    return Throttled(retry_after=max(1, reset - time.time()))


def _limiter(limit: Limit) -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["linli.limits"][limit.shared]
    return limiter
