"""`linli tour`: one day at the centre, played over HTTP."""

import click

from tour.main import main


@click.command("tour", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Play one day at the centre over HTTP. `linli tour --help` lists the options."""
    outcome = main(list(arguments))
    return outcome if isinstance(outcome, int) else 0
