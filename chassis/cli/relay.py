"""`linli relay`: shows how many messages wait to be published."""

import click
from rich.console import Console
from rich.table import Table

from chassis.cli import service_choice
from chassis.cli.databases import databases
from chassis.messaging import relay
from chassis.observability.checks import RELAY_LAG


@click.group("relay")
def command() -> None:
    """The relay, which publishes committed messages to the broker."""


@command.command("status")
@service_choice.argument
def status(services: tuple[str, ...]) -> int:
    """Show for each service how many messages wait, the age of the oldest, and the time of the last publication. Exit code 1
    if a message has waited for more than 30 s."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("service", "waiting", "oldest", "last published"):
        table.add_column(heading)
    late = False
    with databases(services) as engines:
        for service, engine in engines.items():
            now = relay.status(engine)
            late = late or now["oldest_seconds"] > RELAY_LAG
            last = now["last_published_at"]
            table.add_row(
                service,
                str(now["pending"]),
                f"{now['oldest_seconds']:.0f} s" if now["pending"] else "–",
                last.isoformat(timespec="seconds") if last else "never",
            )
    Console(highlight=False).print(table)
    return int(late)
