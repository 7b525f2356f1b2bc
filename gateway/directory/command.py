"""`linli directory`: the communities, grids and staff of the district, for operators."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases, refuse_unmigrated
from chassis.database.engine import transaction
from chassis.rpc.call import Call
from gateway.accounts.staff import announcing
from gateway.directory import file, use_cases

SERVICE = "gateway"


@click.group("directory")
def directory() -> None:
    """The communities and grids of the district. The gateway announces every change, and the services keep copies."""


@directory.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(path: Path) -> None:
    """Add and change communities and grids as the JSON file PATH says: all of it, or nothing. What the file does not name stays
    as it is. docs/operations.md has an example; `linli directory show` prints what there is in the same form."""
    content = path.read_bytes()
    with _call() as call:
        try:
            communities, grids = file.load(call, content)
        except file.BadFile as error:
            raise CommandError("\n  ".join([f"{path} is refused, nothing was changed:", *error.problems])) from error
    click.echo(f"the directory has the file's communities ({communities}) and grids ({grids})")


@directory.command("show")
def show() -> None:
    """Print the directory as JSON, in the form that `linli directory load` reads."""
    with _call() as call:
        click.echo(orjson.dumps(file.show(call), option=orjson.OPT_INDENT_2).decode())


@directory.command("announce")
def announce() -> None:
    """Publish the state of every community and grid again, and where each member of staff works. Services whose copies lack
    something take it from these messages, and forget staff who have left."""
    with _call() as call:
        communities, grids = use_cases.announce_all(call)
        staff = announcing.announce_all(call.session, call.now)
    click.echo(f"announced {communities} communities, {grids} grids and {staff} members of staff")


@contextmanager
def _call() -> Iterator[Call]:
    """One transaction on the gateway's database. Raises CommandError if migrations are missing."""
    with databases([SERVICE]) as engines:
        engine = engines[SERVICE]
        refuse_unmigrated(SERVICE, engine)
        with transaction(engine) as session:
            yield Call(session, datetime.now(UTC))
