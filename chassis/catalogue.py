"""Which services there are, and where their parts stand. Services register themselves as entry points of the distribution
(group `linli.services` in pyproject.toml), so that the chassis names none of them."""

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
    """Every service of the platform, whether or not its code is installed here."""
    return tuple(_registered())


def here() -> tuple[str, ...]:
    """Services whose code is installed here: all of them, or the one that an image holds."""
    return tuple(name for name, found in _registered().items() if _is_there(found.module))


def package_of(service: str) -> str:
    """The package that holds the service's parts, such as `services.<name>`. Raises KeyError for an unknown service."""
    return _registered()[service].module.rpartition(".")[0]


def class_of(service: str) -> Any:
    """The nameko class. Raises ModuleNotFoundError if it, or what it needs, is not installed."""
    return _registered()[service].load()


def part_of(service: str, name: str) -> Any:
    """A module of the service's package; None if it has none of that name."""
    module = f"{package_of(service)}.{name}"
    return import_module(module) if _is_there(module) else None


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its package is not there
        return False
