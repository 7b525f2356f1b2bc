"""`linli erased`: the list of erased accounts, for operators to keep beside the dumps."""

from datetime import datetime

import click

from chassis.cli.databases import databases
from chassis.database import erased
from chassis.database.engine import reading


@click.command("erased")
def command() -> None:
    """Print a line for each erased account: a hash of its id, and the time. Keep the newest list beside the dumps: after a
    restore of older dumps, `linli restored --erased FILE` erases these accounts again. The list names nobody."""
    with databases() as engines:
        known: dict[bytes, datetime] = {}
        for engine in engines.values():
            with reading(engine) as session:
                known |= erased.list_all(session)
    for hash_, at in known.items():
        click.echo(f"{hash_.hex()} {at.isoformat()}")
