"""`linli openapi`: prints the document of the HTTP API. Nothing needs to run."""

import click
import orjson
from sqlalchemy import create_engine


@click.command("openapi")
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API as JSON."""
    click.echo(orjson.dumps(orjson.loads(document()), option=orjson.OPT_INDENT_2).decode())


def document() -> bytes:
    """The content of /api/openapi.json. It builds the app, which uses neither database nor broker."""
    from gateway.app import create_app  # the app imports this package

    app = create_app(database=create_engine("postgresql+psycopg://"), rpc=None)  # type: ignore[arg-type]  # nothing is called
    found: bytes = app.extensions["linli.openapi"]
    return found
