"""`linli topology`: declares exchanges, queues and bindings, so that messages wait for consumers that have not started. It also
prints the definitions of a broker: users with their rights, limits, exchanges, queues and bindings."""

import os
from pathlib import Path
from typing import Any

import click
import orjson

from chassis import service_registry
from chassis.cli import service_choice
from chassis.cli.command_errors import CommandError
from chassis.config import settings
from chassis.messaging import definitions, topology


@click.command("topology")
@click.option("--definitions", "print_definitions", is_flag=True, help="Print RabbitMQ's definitions as JSON; declare nothing.")
@click.option(
    "--outside",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --definitions: a file with users, rights and limits of outside systems (deploy/rabbitmq/outside.json).",
)
@click.option("--template", is_flag=True, help="With --definitions: names of variables instead of hashes of their passwords.")
def command(print_definitions: bool, outside: Path | None, template: bool) -> None:
    """Declare all exchanges, queues and bindings on the broker of LINLI_AMQP_URI. Idempotent. Run it when you deploy, before
    the services start.

    With --definitions, print a user for each service with just its rights, and everything that is declared, for `rabbitmqctl
    import_definitions`. The passwords come from the variables LINLI_AMQP_<USER>_PASSWORD, and LINLI_AMQP_PASSWORD for the user
    of the deployment."""
    if print_definitions:
        _print_definitions(outside, template)
        return
    if settings().embedded_broker:
        raise CommandError(
            "the embedded broker lives inside `linli up`, which declares its queues itself",
            "set LINLI_AMQP_URI to a RabbitMQ to declare them there",
        )
    for name in topology.declare([service_choice.class_of(service) for service in loadable()]):
        click.echo(name)


def loadable() -> list[str]:
    """Return the services whose code can be loaded. An image may contain only one service."""
    found = []
    for service in service_registry.names():
        try:
            service_choice.class_of(service)
        except CommandError as problem:
            click.echo(f"skipped: {problem.message}", err=True)
        else:
            found.append(service)
    return found


def _print_definitions(outside: Path | None, template: bool) -> None:
    """Raises CommandError if a password is missing, or if the code of a service, and so its rights, are not installed."""
    classes = [service_choice.class_of(service) for service in service_registry.names()]
    extra: dict[str, Any] = orjson.loads(outside.read_bytes()) if outside else {}
    hash_of = _placeholder if template else _hash_of_variable
    made = definitions.definitions(classes, extra, hash_of)
    click.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())


def _variable_of(user: str) -> str:
    whose = "" if user == definitions.DEPLOYMENT else f"{user.upper().replace('-', '_')}_"
    return f"LINLI_AMQP_{whose}PASSWORD"


def _placeholder(user: str) -> str:
    return f"@{_variable_of(user)}@"


def _hash_of_variable(user: str) -> str:
    if not (password := os.environ.get(_variable_of(user))):
        raise CommandError(f"{_variable_of(user)} is not set", f"it is the password of the broker's user {user}")
    return definitions.password_hash(password)
