"""`linli asyncapi`: prints the AsyncAPI document of all messages, from the contracts of the services."""

from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import click
import orjson

from chassis import service_registry
from chassis.messaging import asyncapi
from chassis.messaging.contracts import Contracts


@click.command("asyncapi")
def command() -> None:
    """Print the AsyncAPI 3 document of every message the services publish, as JSON."""
    document = asyncapi.document(every_contract(), version("linli"))
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def every_contract() -> Iterator[Contracts]:
    """Yield the contracts of each service that publishes."""
    for service in service_registry.names():
        folder = Path(str(files(service_registry.package_of(service)))) / "contracts"
        if folder.is_dir():
            yield Contracts(folder, service)
