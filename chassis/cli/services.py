"""Where each service's parts are. Names only: chassis imports no service until a command needs it."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from chassis.cli.problem import Problem
from chassis.config import SERVICES


def package_of(service: str) -> str:
    return "gateway" if service == "gateway" else f"services.{service}"


def class_of(service: str) -> Any:
    """The nameko class, `BookingService` for booking. Raises Problem if what it needs is not installed."""
    module_name = f"{package_of(service)}.service"
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise Problem(
            f"{service} cannot be loaded: there is no module {error.name!r}", f"install it: pip install 'linli[{service}]'"
        ) from error
    return getattr(module, f"{service.title()}Service")


def part_of(service: str, name: str) -> Any:
    """A module of the service's package; None if it has none of that name."""
    module = f"{package_of(service)}.{name}"
    return import_module(module) if find_spec(module) else None


def here() -> tuple[str, ...]:
    """Services whose package is installed here: all of them, or the one that an image holds."""
    return tuple(service for service in SERVICES if _is_here(package_of(service)))


def _is_here(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def chosen(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """click callback: no name means all services that are here."""
    return names or here()


argument = click.argument("services", nargs=-1, type=click.Choice(SERVICES), callback=chosen)
