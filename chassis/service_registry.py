"""The registry of services. Each service is an entry point of the distribution (group `linli.services` in pyproject.toml), so
that the chassis contains no service's name."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

GROUP = "linli.services"


@cache
def _registered() -> dict[str, EntryPoint]:
    return {found.name: found for found in entry_points(group=GROUP)}


def names() -> tuple[str, ...]:
    """Return the names of all services of the platform. The code of some may not be installed."""
    return tuple(_registered())


def installed() -> tuple[str, ...]:
    """Return the names of the services whose code is installed. An image may contain only one service."""
    return tuple(name for name, found in _registered().items() if _exists(found.module))


def package_of(service: str) -> str:
    """Return the name of the service's package, such as `services.<name>`. Raises KeyError for an unknown service."""
    return _registered()[service].module.rpartition(".")[0]


def class_of(service: str) -> Any:
    """Return the nameko class of a service. Raises ModuleNotFoundError if its code or a package that it needs is missing."""
    with _without_collection():
        return _registered()[service].load()


def module_of(service: str, name: str) -> Any:
    """Import the module `name` from the service's package. Returns None if the package has no such module."""
    module = f"{package_of(service)}.{name}"
    if not _exists(module):
        return None
    with _without_collection():
        return import_module(module)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Collect no garbage meanwhile. An import makes many objects that stay, so the collector would scan them again and again:
    a quarter of the CPU time that the gateway's modules take."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package of the module is missing
        return False
