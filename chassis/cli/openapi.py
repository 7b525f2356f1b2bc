"""`linli openapi`: the HTTP API's document, without starting anything."""

from importlib import import_module

import click
import orjson
from sqlalchemy import create_engine

from chassis.cli.problem import Problem


@click.command("openapi")
def command() -> None:
    """Print the OpenAPI document of the gateway as JSON."""
    click.echo(orjson.dumps(orjson.loads(document()), option=orjson.OPT_INDENT_2).decode())


def document() -> bytes:
    """What /api/openapi.json serves. The app is built for it, and neither database nor broker is touched."""
    try:
        module = import_module("gateway.app")
    except ModuleNotFoundError as error:
        raise Problem(f"the gateway cannot be loaded: no module {error.name!r}", "pip install 'linli[gateway]'") from error
    app = module.create_app(database=create_engine("postgresql+psycopg://"), rpc=None)
    found: bytes = app.extensions["linli.openapi"]
    return found
