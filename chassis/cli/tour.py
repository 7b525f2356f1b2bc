"""`linli tour`: one day at the centre, played over HTTP (the folder tour/)."""

from importlib import import_module

import click

from chassis.cli.problem import Problem


@click.command("tour", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Play one day at the centre over HTTP; `linli tour --help` says how."""
    try:
        module = import_module("tour.main")
    except ModuleNotFoundError as error:
        if error.name not in ("tour", "tour.main", "requests", "pika", "PIL"):
            raise
        raise Problem(
            f"the tour cannot be loaded: there is no module {error.name!r}",
            "run it from the source tree, with pip install -e '.[tour]'",
        ) from error
    outcome = module.main(list(arguments))
    return outcome if isinstance(outcome, int) else 0
