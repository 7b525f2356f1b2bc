"""The services that a command is about."""

from typing import Any

import click

from chassis import catalogue
from chassis.cli.problem import Problem


def class_of(service: str) -> Any:
    """The nameko class. Raises Problem if what it needs is not installed."""
    try:
        return catalogue.class_of(service)
    except ModuleNotFoundError as error:
        raise Problem(
            f"{service} cannot be loaded: there is no module {error.name!r}", f"install it: pip install 'linli[{service}]'"
        ) from error


def chosen(_context: click.Context, _parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    """click callback: no name means all services that are here."""
    return names or catalogue.here()


argument = click.argument("services", nargs=-1, type=click.Choice(catalogue.names()), callback=chosen)
