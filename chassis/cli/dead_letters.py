"""`linli dead-letters`: messages that could not be handled. They are in two places: parked in a service's inbox, and in the
broker's dead-letter queues."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
import orjson
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from chassis import service_registry
from chassis.cli import service_choice
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases
from chassis.config import settings
from chassis.messaging import dead_letters, parking
from chassis.observability import redaction

console = Console(highlight=False, soft_wrap=True)
_of_service = click.option(
    "--service", type=click.Choice(service_registry.names()), multiple=True, help="Only of this service."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that could not be handled. `place` is the consumer that has parked it, or `broker`."""

    service: str
    place: str
    id: str
    type: str
    attempts: str
    reason: str
    headers: dict[str, Any]
    body: bytes


@click.group("dead-letters")
def command() -> None:
    """Messages that could not be handled. A message is parked after the last attempt, or if it cannot be parsed. The broker
    moves a message to a dead-letter queue if it killed its consumer repeatedly."""


@command.command("list")
@service_choice.argument
def list_(services: tuple[str, ...]) -> int:
    """List these messages, newest first for each service. Exit code 1 if there are any."""
    with databases(services) as engines:
        letters = list(_letters(engines))
    if not letters:
        click.echo("none")
        return 0
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("id", "service", "where", "type", "attempts", "reason"):
        table.add_column(heading, overflow="fold")
    for letter in letters:
        table.add_row(
            letter.id, letter.service, letter.place, letter.type, letter.attempts, redaction.redact_text(letter.reason)
        )
    console.print(table)
    return 1


@command.command("show")
@click.argument("id")
@click.option("--raw", is_flag=True, help="Show personal data and secrets too.")
def show(id: str, raw: bool) -> None:
    """Show one message with its headers and data."""
    with databases() as engines:
        found = [letter for letter in _letters(engines) if letter.id == id]
    if not found:
        raise _unknown_id(id)
    for letter in found:
        content = {
            "id": letter.id,
            "service": letter.service,
            "where": letter.place,
            "type": letter.type,
            "attempts": letter.attempts,
            "reason": letter.reason,
            "headers": letter.headers,
            "data": _data(letter.body),
        }
        shown = content if raw else redaction.redact(content)
        click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2, default=str).decode())


@command.command("redrive")
@click.argument("ids", nargs=-1)
@click.option("--all", "all_messages", is_flag=True, help="All of them.")
@_of_service
def redrive(ids: tuple[str, ...], all_messages: bool, service: tuple[str, ...]) -> None:
    """Try the messages with these IDS (or --all) again, with all their attempts."""
    _settle(ids, all_messages, service, _Redrive())


@command.command("drop")
@click.argument("ids", nargs=-1)
@click.option("--all", "all_messages", is_flag=True, help="All of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_of_service
def drop(ids: tuple[str, ...], all_messages: bool, service: tuple[str, ...], yes: bool) -> None:
    """Delete the messages with these IDS (or --all). Messages that waited for them are handled."""
    if not yes and bool(ids) != all_messages:
        click.confirm(f"Drop {'all' if all_messages else len(ids)} for good?", abort=True)
    _settle(ids, all_messages, service, _Drop())


class _Redrive:
    done = "redriven"

    def parked(self, engine: Engine, letter: Letter) -> int:
        if letter.place.startswith(("rpc-", "rpc.reply-")):
            click.echo(f"{letter.id}: what cannot be read of a call is not repeated, its caller has gone: drop it", err=True)
            return 0
        return parking.redrive(engine, UUID(letter.id))

    def in_dead_letter_queue(self, service: str, ids: set[str]) -> int:
        return dead_letters.redrive(service, lambda letter: letter.id in ids)


class _Drop:
    done = "dropped"

    def parked(self, engine: Engine, letter: Letter) -> int:
        return parking.drop(engine, UUID(letter.id))

    def in_dead_letter_queue(self, service: str, ids: set[str]) -> int:
        return dead_letters.drop(service, lambda letter: letter.id in ids)


def _settle(ids: Sequence[str], all_messages: bool, services: Sequence[str], how: _Redrive | _Drop) -> None:
    if bool(ids) == all_messages:
        raise click.UsageError("name the messages by their ids, or say --all")
    count = 0
    # No service named means the services installed here. A service's container shall not touch the messages of others.
    with databases(services) as engines:
        letters = [letter for letter in _letters(engines) if all_messages or letter.id in ids]
        if missing := set(ids) - {letter.id for letter in letters}:
            raise _unknown_id(", ".join(sorted(missing)))
        for service, engine in engines.items():
            mine = [letter for letter in letters if letter.service == service]
            count += sum(how.parked(engine, letter) for letter in _distinct_parked(mine))
            if dead_lettered := {letter.id for letter in mine if letter.place == "broker"}:
                count += how.in_dead_letter_queue(service, dead_lettered)
    click.echo(f"{count} {how.done}")


def _distinct_parked(letters: Sequence[Letter]) -> list[Letter]:
    """Return the parked messages, one for each id. The inbox settles the receipts of all consumers of a message at once."""
    return list({letter.id: letter for letter in letters if letter.place != "broker"}.values())


def _letters(engines: dict[str, Engine]) -> Iterator[Letter]:
    for service, engine in engines.items():
        for row in parking.parked(engine, limit=dead_letters.MAX_LETTERS):
            headers = row.headers or {}
            kind = str(headers.get("ce-type") or headers.get("parked-routing-key") or "")
            yield Letter(
                service,
                row.consumer,
                str(row.event_id),
                kind,
                str(row.attempts),
                row.reason or "",
                headers,
                bytes(row.payload or b""),
            )
        if not settings().embedded_broker:
            for letter in dead_letters.letters(service):
                yield Letter(service, "broker", letter.id, letter.type, "–", letter.reason, letter.headers, letter.body)


def _data(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _unknown_id(ids: str) -> CommandError:
    return CommandError(f"there is no such message: {ids}", "`linli dead-letters list` shows them")
