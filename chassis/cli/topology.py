"""`linli topology`: declares exchanges, queues and bindings, so that messages wait for consumers that have not started."""

import click

from chassis import service_registry
from chassis.cli import service_choice
from chassis.cli.command_errors import CommandError
from chassis.config import settings
from chassis.messaging import topology


@click.command("topology")
def command() -> None:
    """Declare all exchanges, queues and bindings on the broker of LINLI_AMQP_URI. Idempotent. Run it when you deploy, before
    the services start."""
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
