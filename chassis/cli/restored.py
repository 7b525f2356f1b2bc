"""`linli restored`: what must be done once after the databases were restored from dumps, before the services start."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection, Engine, text

from chassis import service_registry
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases
from chassis.database import erased
from chassis.database.engine import reading, transaction
from chassis.messaging import epochs
from chassis.rpc.call import Call


class _Aware(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2026-03-02T09:00:00+08:00", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} has no offset such as +08:00", param, ctx)
        return moment


@click.command("restored")
@click.option(
    "--since",
    required=True,
    type=_Aware(),
    help="A time before the oldest of the dumps was begun, such as 2026-03-02T09:00:00+08:00. An hour too early does no harm.",
)
@click.option(
    "--erased",
    "list_of_erased",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A newer list of erased accounts than the dumps have, as `linli erased` prints it.",
)
def command(since: datetime, list_of_erased: Path | None) -> None:
    """Run this once after the databases of all services were restored from dumps, before the services start. It begins a new
    epoch in each database, so that new messages and places in the stream are not taken for earlier ones. It also publishes the
    messages again that were published since the oldest dump was begun; a consumer that has handled one drops it. Accounts
    that were erased after a dump are erased again. You may repeat it."""
    known = _read_list(list_of_erased) if list_of_erased else {}
    with databases() as engines:
        for service, engine in engines.items():
            _refuse_users(service, engine)
        for service, engine in engines.items():
            number, messages = begin_epoch(engine, since)
            click.echo(f"{service:8} epoch {number}, {messages} messages will be published again")
        for service, accounts in erase_again(engines, known).items():
            click.echo(f"{service:8} {accounts} erased accounts had come back, and are erased again")


def erase_again(engines: Mapping[str, Engine], known: Mapping[bytes, datetime]) -> dict[str, int]:
    """Put together the lists of erased accounts of all databases and `known`, give it to each of them, and let each service
    erase what has come back. The dumps are of different moments, so a newer one knows erasures that an older one lacks. Returns
    the numbers of accounts, by service."""
    whole = dict(known)
    for engine in engines.values():
        with reading(engine) as session:
            whole |= erased.list_all(session)
    found = {}
    for service, engine in engines.items():
        with transaction(engine) as session:
            erased.add_all(session, whole)
            found[service] = service_registry.class_of(service).erase_returned(Call(session, datetime.now(UTC)))
    return found


def _read_list(path: Path) -> dict[bytes, datetime]:
    """Raises CommandError for a file that is no list."""
    try:
        lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
        return {bytes.fromhex(hash_): datetime.fromisoformat(at) for hash_, at in lines}
    except ValueError as error:
        raise CommandError(f"{path} is no list of erased accounts: {error}", "`linli erased` prints one") from error


def begin_epoch(engine: Engine, since: datetime) -> tuple[int, int]:
    """Begin a new epoch, and let the relay publish the messages again that were published at `since` (aware) or later. Returns
    the number of the epoch, and how many messages there are."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        number = epochs.begin(connection)
        again = connection.execute(text("UPDATE outbox SET published_at = NULL WHERE published_at >= :since"), {"since": since})
        return number, again.rowcount


def _refuse_users(service: str, engine: Engine) -> None:
    """Raises CommandError if a service uses the database. It would go on in the old epoch."""
    with engine.connect() as connection:
        if _users(connection):
            raise CommandError(f"the database of {service} is in use", "stop all services, then run `linli restored` again")


def _users(connection: Connection) -> int:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'linli-%' "
        "AND pid <> pg_backend_pid()"
    )
    return int(connection.scalar(query) or 0)
