"""The gateway's app for many tests: made once for each Settings, and as good as new for each test.

Making it takes 0.2 s of CPU: routes, API document, compressed assets. None of that depends on a test. What does is bound
anew: database, services, clock, cache, hub, sessions, photos, limits, kept answers and the hooks that a test adds.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from chassis.config import Settings
from gateway.app import create_app
from gateway.calls.cache import PublicCache
from gateway.directory.known import KnownCommunities
from gateway.http import limits
from gateway.http.current import Rpc
from gateway.http.response_cache import ResponseCache, empty_cache
from gateway.http.session_cache import SessionCache
from gateway.photos.store import store_of
from gateway.settings import gateway_settings
from gateway.streams.hub import Hub

_HOOKS = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs")


class OneApp:
    """An app for one test at a time."""

    def __init__(self, settings: Settings, database: Engine, rpc: Rpc) -> None:
        own = replace(gateway_settings(), max_body=100_000)
        self.app = create_app(database=database, rpc=rpc, settings=settings, own_settings=own)
        self._extensions = dict(self.app.extensions)
        self._hooks = {name: _copied(getattr(self.app, name)) for name in _HOOKS}

    def renewed(self, database: Engine, rpc: Rpc, clock: Callable[[], datetime]) -> Flask:
        """The app as `create_app` would give it."""
        cache = PublicCache()
        own = {"database": database, "rpc": rpc, "clock": clock, "cache": cache}
        own |= {"communities": KnownCommunities()}
        own |= {"hub": Hub(), "session_cache": SessionCache(), "photo_store": store_of("", database)}
        self.app.extensions = self._extensions | {f"linli.{name}": part for name, part in own.items()}
        for name, hooks in self._hooks.items():
            setattr(self.app, name, _copied(hooks))
        limits.install(self.app)
        self._response_cache._cache, self._response_cache._answers = cache, empty_cache(cache)
        return self.app

    @property
    def _response_cache(self) -> ResponseCache:
        hooks = (getattr(hook, "__self__", None) for hook in self.app.after_request_funcs[None])
        return next(owner for owner in hooks if isinstance(owner, ResponseCache))


class Apps:
    """One app for each Settings."""

    def __init__(self) -> None:
        self._apps: dict[Settings, OneApp] = {}

    def __call__(self, settings: Settings, database: Engine, rpc: Rpc, clock: Callable[[], datetime]) -> Flask:
        if settings not in self._apps:
            self._apps[settings] = OneApp(settings, database, rpc)
        return self._apps[settings].renewed(database, rpc, clock)


def _copied(hooks: dict[Any, list[Any]]) -> defaultdict[Any, list[Any]]:
    return defaultdict(list, {scope: list(functions) for scope, functions in hooks.items()})
