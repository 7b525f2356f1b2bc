"""Rate limits by client, account or phone number, for requests that cost us something and for guesses of secrets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from chassis.rpc.refusal import Refusal, Refused
from gateway.http import current
from gateway.http.shared_limits import SharedLimits
from gateway.refusals import Throttled


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` is text such as "60 per hour". The counts of different limits are kept apart by `name`. A `shared` limit is
    counted over all replicas of the gateway."""

    name: str
    rate: str
    shared: bool = True

    @property
    def item(self) -> RateLimitItem:
        return parse(self.rate)


# Kinds of refusals after which a service has compared no secret.
NOT_COMPARED = frozenset({"unavailable", "not_found", "precondition"})

CODES = Limit("codes", "60 per 15 minutes")
SIGN_IN_FAILURES = Limit("sign-in failures", "30 per 15 minutes")
ACCOUNT_FAILURES = Limit("account failures", "10 per 15 minutes")
LOOK_UPS = Limit("look-ups", "60 per 15 minutes")
# These limits only stop a client from filling the disk. They are counted in the memory of each replica, which costs no query.
# With several replicas a client gets several times the limit. For these limits that does no harm. For guesses and text messages
# it would.
ANONYMOUS_REPORTS = Limit("anonymous reports", "60 per hour", shared=False)
UPLOADS = Limit("uploads", "120 per hour", shared=False)


def install(app: Flask) -> None:
    count_in(app, SharedLimits(app.extensions["linli.database"], app.extensions["linli.personal"]))


def count_in(app: Flask, shared: Storage) -> None:
    """Count the shared limits in `shared`, and the other limits in new memory."""
    app.extensions["linli.limits"] = {
        True: MovingWindowRateLimiter(shared),
        False: MovingWindowRateLimiter(MemoryStorage()),
    }


def spend(limit: Limit, key: str | None = None) -> None:
    """Count one use by `key`, by default the requester. Raises Throttled if the limit is exceeded."""
    key = key or requester()
    if not _limiter(limit).hit(limit.item, limit.name, key):
        raise _throttled(limit, key)


@contextmanager
def guess(limit: Limit, key: str | None = None, *, right: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Count one use of a shared limit before the block compares a secret. A limit that is checked before and counted afterwards
    does not hold for guesses at the same time. The use is given back if the guess is right: the block returns, or raises one of
    `right`. It is also given back if nothing was compared: the block raises a refusal of a service of kind unavailable,
    not_found or precondition. Raises Throttled if the limit is reached."""
    spend(limit, key)
    try:
        yield
    except right:
        _give_back(limit, key or requester())
        raise
    except (Refused, Refusal) as refusal:
        if refusal.kind in NOT_COMPARED:
            _give_back(limit, key or requester())
        raise
    _give_back(limit, key or requester())


def reset(limit: Limit, key: str) -> None:
    """Reset the count of `key`."""
    _limiter(limit).clear(limit.item, limit.name, key)


def requester() -> str:
    """The account id of the caller. For a visitor the IP address."""
    return current.identity().account_id or request.remote_addr or "unknown"


def _give_back(limit: Limit, key: str) -> None:
    if not limit.shared:
        raise TypeError(f"{limit.name} is not shared")
    storage: Any = _limiter(limit).storage  # as SharedLimits
    storage.give_back(limit.item.key_for(limit.name, key))


def _throttled(limit: Limit, key: str) -> Throttled:
    reset = _limiter(limit).get_window_stats(limit.item, limit.name, key).reset_time
    return Throttled(retry_after=max(1, reset - time.time()))


def _limiter(limit: Limit) -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["linli.limits"][limit.shared]
    return limiter
