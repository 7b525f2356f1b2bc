"""The argument SERVICES of many commands, and loading a service's class."""

from typing import Any

import click

from chassis import service_registry
from chassis.cli.command_errors import CommandError


def class_of(service: str) -> Any:
    """Return the nameko class of the service. Raises CommandError if a package that it needs is not installed."""
    try:
        return service_registry.class_of(service)
    except ModuleNotFoundError as error:
        raise CommandError(
            f"{service} cannot be loaded: there is no module {error.name!r}", f"install it: pip install 'linli[{service}]'"
        ) from error


def default_to_installed(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback. No name means all installed services."""
    return names or service_registry.installed()


argument = click.argument("services", nargs=-1, type=click.Choice(service_registry.names()), callback=default_to_installed)
