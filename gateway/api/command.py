"""`linli openapi`: the HTTP API's document, without starting anything."""

import click
import orjson
from sqlalchemy import create_engine


@click.command("openapi")
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API as JSON."""
    click.echo(orjson.dumps(orjson.loads(document()), option=orjson.OPT_INDENT_2).decode())


def document() -> bytes:
    """What /api/openapi.json serves. The app is built for it, and neither database nor broker is touched."""
    from gateway.app import create_app  # the app imports this package

    app = create_app(database=create_engine("postgresql+psycopg://"), rpc=None)  # type: ignore[arg-type]  # nothing is called
    found: bytes = app.extensions["linli.openapi"]
    return found
