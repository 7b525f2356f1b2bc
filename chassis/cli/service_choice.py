"""The argument SERVICES of many commands, and loading a service's class."""

from typing import Any

import click

from chassis import catalogue
from chassis.cli.problem import Problem


def class_of(service: str) -> Any:
    """Return the nameko class of the service. Raises Problem if a package that it needs is not installed."""
    try:
        return catalogue.class_of(service)
    except ModuleNotFoundError as error:
        raise Problem(
            f"{service} cannot be loaded: there is no module {error.name!r}", f"install it: pip install 'linli[{service}]'"
        ) from error


def chosen(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """A click callback. No name means all installed services."""
    return names or catalogue.here()


argument = click.argument("services", nargs=-1, type=click.Choice(catalogue.names()), callback=chosen)
