"""`linli migrate`: applies the missing migrations."""

import click
from sqlalchemy import Engine

from chassis.cli import service_choice
from chassis.cli.databases import databases
from chassis.database import migrate
from chassis.rpc import signing


@click.command("migrate")
@service_choice.argument
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something is missing.")
def command(services: tuple[str, ...], check: bool) -> int:
    """Apply the missing migrations to the databases of SERVICES (default: all). It may run on several machines at once."""
    if not check:
        signing.verify_keys()  # generates the keys of calls here, because the services may not write to LINLI_HOME
    with databases(services) as engines:
        missing = {service: migrate.pending(service, engine) for service, engine in engines.items()}
        for service, revisions in missing.items():
            if revisions and not check:
                migrate.migrate(service, engines[service])
            click.echo(f"{service:8} {_status_text(revisions, check)}")
    return 1 if check and any(missing.values()) else 0


def bring_up_to_date(engines: dict[str, Engine]) -> list[str]:
    """Migrate every database that lacks a migration. Returns the services whose databases were migrated."""
    behind = [service for service, engine in engines.items() if migrate.pending(service, engine)]
    for service in behind:
        migrate.migrate(service, engines[service])
    return behind


def _status_text(revisions: list[str], check: bool) -> str:
    if not revisions:
        return "up to date"
    return f"{len(revisions)} missing: {', '.join(reversed(revisions))}" if check else f"{len(revisions)} applied"
