"""`linli restored`: what must be done once after the databases were restored from dumps, before the services start."""

from datetime import datetime

import click
from sqlalchemy import Connection, Engine, text

from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases
from chassis.messaging import epochs


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
def command(since: datetime) -> None:
    """Run this once after the databases of all services were restored from dumps, before the services start. It begins a new
    epoch in each database, so that new messages and places in the stream are not taken for earlier ones. It also publishes the
    messages again that were published since the oldest dump was begun; whoever has handled one drops it. You may repeat it."""
    with databases() as engines:
        for service, engine in engines.items():
            _refuse_users(service, engine)
        for service, engine in engines.items():
            number, messages = begin_epoch(engine, since)
            click.echo(f"{service:8} epoch {number}, {messages} messages will be published again")


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
