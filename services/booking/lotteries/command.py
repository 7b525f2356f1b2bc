"""`linli lotteries replay`: draw a lottery again from its public file. It needs no server, no database and no network."""

import json
from typing import IO

import click

from chassis.cli.command_errors import CommandError
from services.booking.lotteries.drawing import digest
from services.booking.lotteries.record import RecordInvalid, replay

MOST_BYTES = 32 * 2**20


@click.group("lotteries")
def lotteries() -> None:
    """Check the draws of lotteries."""


@lotteries.command("replay")
@click.argument("file", type=click.File("rb"))
def replay_file(file: IO[bytes]) -> None:
    """Draw again from FILE, the public file of a lottery ("-": standard input), and print the result if it is the same byte for
    byte. Nothing in FILE is believed that does not follow from the rest."""
    text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise CommandError("the file is too large", "a public file of a lottery has at most 32 MB")
    try:
        record = json.loads(text)
        result = replay(record)
    except (RecordInvalid, ValueError, RecursionError) as error:
        raise CommandError(f"NOT CONFIRMED: {error}", "load the file again from the page of the lottery") from None
    click.echo(result)
    click.echo(f"confirmed: {len(record['entries'])} entries, seed {record['seed']}, result {digest(result)}", err=True)
