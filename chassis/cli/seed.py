"""`linli seed`: inserts the demo data into the databases."""

import click

from chassis.cli import demo, service_choice
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases, refuse_unmigrated
from chassis.config import settings


@click.command("seed")
@service_choice.argument
@click.option("--once", is_flag=True, help="Only where it has not been done before.")
def command(services: tuple[str, ...], once: bool) -> None:
    """Insert the demo data and accounts into the databases of SERVICES (default: all). Existing rows are not changed. Needs
    LINLI_DEMO."""
    if not settings().demo:
        raise CommandError("demo data is only for demos, and LINLI_DEMO is off", "LINLI_DEMO=true linli seed")
    demo.refuse_demo_in_public()
    with databases(services) as engines:
        for service, engine in engines.items():
            refuse_unmigrated(service, engine)
        demo.refuse_demo_on_real_data(engines)
        demo.seed(engines, again=not once, on_seeded=lambda service: click.echo(f"{service:8} seeded"))
