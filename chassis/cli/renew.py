"""`linli renew`: encrypts and indexes stored personal fields again with the newest keys."""

from datetime import UTC, datetime

import click

from chassis import service_registry
from chassis.cli import service_choice
from chassis.cli.databases import databases, refuse_unmigrated


@click.command("renew")
@service_choice.argument
def command(services: tuple[str, ...]) -> None:
    """Encrypt stored personal fields again with the first of LINLI_ENCRYPTION_KEYS, and index them again with the first of
    LINLI_INDEX_KEYS. The services do the same by themselves within some hours; this command says when it is done. They can run
    meanwhile. It works in batches, and may be interrupted and repeated at any time."""
    parts = {name: part for name in services if (part := service_registry.module_of(name, "renewal"))}
    with databases(tuple(parts)) as engines:
        for service, engine in engines.items():
            refuse_unmigrated(service, engine)
            count = sum(parts[service].renew(engine, datetime.now(UTC)))
            click.echo(f"{service:8} {count} renewed; none of an older key is left")
