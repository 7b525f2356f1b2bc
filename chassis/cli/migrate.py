"""`linli migrate`: bring databases to the version of the code."""

import click
from sqlalchemy import Engine

from chassis.cli import service_choice
from chassis.cli.databases import databases
from chassis.database import migrate


@click.command("migrate")
@service_choice.argument
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something is missing.")
def command(services: tuple[str, ...], check: bool) -> int:
    """Bring the databases of SERVICES (default: all) to the version of the code. Safe to run from several places at
    once; does nothing where nothing is missing."""
    with databases(services) as engines:
        missing = {service: migrate.pending(service, engine) for service, engine in engines.items()}
        for service, revisions in missing.items():
            if revisions and not check:
                migrate.migrate(service, engines[service])
            click.echo(f"{service:8} {_said(revisions, check)}")
    return 1 if check and any(missing.values()) else 0


def bring_up_to_date(engines: dict[str, Engine]) -> list[str]:
    """Migrate what is behind. Returns the services that were."""
    behind = [service for service, engine in engines.items() if migrate.pending(service, engine)]
    for service in behind:
        migrate.migrate(service, engines[service])
    return behind


def _said(revisions: list[str], check: bool) -> str:
    if not revisions:
        return "up to date"
    return f"{len(revisions)} missing: {', '.join(reversed(revisions))}" if check else f"{len(revisions)} applied"
