"""Rate limits by client, account or phone number, for requests that cost us something and for guesses of secrets, and the limit
of each system. Answers to limited requests say how much is left (draft-ietf-httpapi-ratelimit-headers)."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter

from chassis.rpc.refusal import Refusal, Refused
from gateway.http import current
from gateway.http.shared_limits import SharedLimits
from gateway.refusals.requests import Throttled
from gateway.systems.credentials import KnownSystem


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
DEVICE_FAILURES = Limit("failures of a known device", "30 per 15 minutes")
ACCOUNT_FAILURES = Limit("account failures", "10 per 15 minutes")  # of one client
STRANGERS_FAILURES = Limit("account failures of strangers", "50 per 15 minutes")  # of all clients without a known device
CEREMONIES = Limit("passkey ceremonies", "120 per 15 minutes")
LOOK_UPS = Limit("look-ups", "60 per 15 minutes")
# Wrong codes of slips. A code has 39 random bits, so fifty guesses in a quarter of an hour find none in thousands of years. The
# limit of one network is lower, so that a single stranger cannot keep a reporter from the case.
SLIP_FAILURES = Limit("wrong codes of slips", "30 per 15 minutes")
SLIP_FAILURES_HERE = Limit("wrong codes of a case", "10 per 15 minutes")  # of one client
SLIP_FAILURES_OF_CASE = Limit("wrong codes of a case by all", "50 per 15 minutes")
SLIP_LOOKS = Limit("looks at slips", "240 per 15 minutes")  # each costs a slow hash
REMINDER_LINKS = Limit("links of reminders", "30 per 15 minutes")  # wrong ones
SEARCHES = Limit("searches", "240 per 15 minutes")
EXPORTS = Limit("exports of one's data", "10 per day")
HOUSEHOLD_INVITATIONS = Limit("household invitations", "20 per day")
# These limits only stop a client from filling the disk. They are counted in the memory of each replica, which costs no query.
# With several replicas a client gets several times the limit. For these limits that does no harm. For guesses and text messages
# it would.
ANONYMOUS_REPORTS = Limit("anonymous reports", "60 per hour", shared=False)
# Of one network: many people in the hall share it, so it is high. A device has one open ticket in a queue besides.
TICKETS = Limit("tickets", "240 per hour", shared=False)
TICKET_LOOKS = Limit("looks at tickets", "3000 per 15 minutes", shared=False)  # a hall of phones that look every 15 s
DOOR_LOOKS = Limit("looks at doors", "3000 per 15 minutes", shared=False)  # 60 displays of a centre that look every 20 s
UPLOADS = Limit("uploads", "120 per hour", shared=False)
TOKENS = Limit("tokens", "60 per minute", shared=False)  # access tokens of a client; each is a row
CALENDARS = Limit("readings of a calendar", "120 per hour", shared=False)
SYSTEM = "system"  # the limit of a system, counted in the memory of each replica like these


def install(app: Flask) -> None:
    count_in(app, SharedLimits(app.extensions["linli.database"], app.extensions["linli.personal"]))
    if _add_headers not in app.after_request_funcs.get(None, []):
        app.after_request(_add_headers)


def count_in(app: Flask, shared: Storage) -> None:
    """Count the shared limits in `shared`, and the other limits in new memory."""
    app.extensions["linli.limits"] = {
        True: MovingWindowRateLimiter(shared),
        False: MovingWindowRateLimiter(MemoryStorage()),
        # Two counters for each system. A moving window would store every request.
        SYSTEM: SlidingWindowCounterRateLimiter(MemoryStorage()),
    }


def spend(limit: Limit, key: str | None = None) -> None:
    """Count one use by `key`, by default the requester. Raises Throttled if the limit is exceeded."""
    key = key or requester()
    _hit(limit, key)
    if not limit.shared:  # for a shared one it would cost a query; the answer says it when the limit is reached
        _note(limit.name, limit.item, _limiter(limit), key)


def spend_of_system(system: KnownSystem) -> None:
    """Count a request of a system. Raises Throttled."""
    item = RateLimitItemPerMinute(system.requests_per_minute or current.gateway_settings().system_requests)
    limiter: RateLimiter = current_app.extensions["linli.limits"][SYSTEM]
    key = str(system.identity.system_id)
    allowed = limiter.hit(item, SYSTEM, key)
    reset = _note(SYSTEM, item, limiter, key)
    if not allowed:
        raise Throttled(retry_after=reset)


@contextmanager
def guess(
    limit: Limit, key: str | None = None, *, right: tuple[type[Exception], ...] = (), wrong: tuple[str, ...] = ()
) -> Iterator[None]:
    """Count one use of a shared limit before the block compares a secret. A limit that is checked before and counted afterwards
    does not hold for guesses at the same time. The use is given back if the guess is right: the block returns, or raises one of
    `right`. It is also given back if nothing was compared: the block raises a refusal of a service of kind unavailable,
    not_found or precondition, and its code is not in `wrong`. Raises Throttled if the limit is reached."""
    _hit(limit, key or requester())
    try:
        yield
    except right:
        _give_back(limit, key or requester())
        raise
    except (Refused, Refusal) as refusal:
        if refusal.kind in NOT_COMPARED and refusal.code not in wrong:
            _give_back(limit, key or requester())
        raise
    _give_back(limit, key or requester())


def reset(limit: Limit, key: str) -> None:
    """Reset the count of `key`."""
    _limiter(limit).clear(limit.item, limit.name, key)


def requester() -> str:
    """The id of the caller's account or system. For a visitor the network of the IP address (`network_of`)."""
    who = current.identity()
    return who.account_id or who.system_id or network_of(request.remote_addr or "unknown")


def network_of(address: str) -> str:
    """What counts as one visitor. An IPv4 address stands for itself, also when it is written as IPv6. Of an IPv6 address it is
    the /64: that is what a connection gets from its provider, and its owner can choose among 2^64 addresses in it."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(IPv6Network((ip, 64), strict=False))


def _give_back(limit: Limit, key: str) -> None:
    if not limit.shared:
        raise TypeError(f"{limit.name} is not shared")
    storage: Any = _limiter(limit).storage  # as SharedLimits
    storage.give_back(limit.item.key_for(limit.name, key))


def _hit(limit: Limit, key: str) -> None:
    if not _limiter(limit).hit(limit.item, limit.name, key):
        raise Throttled(retry_after=_note(limit.name, limit.item, _limiter(limit), key))


def _note(name: str, item: RateLimitItem, limiter: RateLimiter, key: str) -> int:
    """Remember for the answer what is left of the limit. Returns the seconds until there is more."""
    stats = limiter.get_window_stats(item, name, key)
    reset = max(1, math.ceil(stats.reset_time - time.time()))
    g.setdefault("rate_limits", {})[name] = (item.amount, item.get_expiry(), max(0, stats.remaining), reset)
    return reset


def _add_headers(response: Response) -> Response:
    spent: dict[str, tuple[int, int, int, int]] = g.get("rate_limits", {})
    if spent:
        policies = [f'"{name}";q={quota};w={window}' for name, (quota, window, _, _) in spent.items()]
        left = [f'"{name}";r={remaining};t={reset}' for name, (_, _, remaining, reset) in spent.items()]
        response.headers["RateLimit-Policy"] = ", ".join(policies)
        response.headers["RateLimit"] = ", ".join(left)
    return response


def _limiter(limit: Limit) -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions["linli.limits"][limit.shared]
    return limiter
