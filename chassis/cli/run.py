"""`linli run`: serves one or more services. Containers run this command."""

import time

import click

from chassis import monkey_patch, service_registry
from chassis.cli import service_choice
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases
from chassis.cli.demo import refuse_demo_in_public
from chassis.cli.serving import serve
from chassis.config import settings
from chassis.messaging import topology
from chassis.observability import telemetry
from chassis.observability.checks import missing_migrations

log = telemetry.get_logger(__name__)


@click.command("run")
@click.argument("services", nargs=-1, required=True, type=click.Choice(service_registry.names()))
def command(services: tuple[str, ...]) -> int:
    """Serve SERVICES in this process until SIGTERM or SIGINT. Then work in flight is finished and acknowledged, for at most
    LINLI_DRAIN_TIMEOUT seconds."""
    monkey_patch.assert_cooperative()
    refuse_demo_in_public()
    set_up_telemetry("+".join(services))
    started = time.monotonic()
    classes = [service_choice.class_of(service) for service in services]
    with databases(services) as engines:
        for service, engine in engines.items():
            refuse_unmigrated(service, missing_migrations(service, engine))
        if settings().embedded_broker:
            topology.declare(classes)
        return serve(
            classes,
            on_ready=lambda: log.info("serving", services=services, seconds=round(time.monotonic() - started, 2)),
            on_stopping=lambda: log.info("draining", services=services),
        )


def set_up_telemetry(process: str) -> None:
    """Set up logging and tracing from the settings. Raises CommandError if tracing is switched on but not installed."""
    config = settings()
    try:
        telemetry.set_up_logging(level=config.log_level, format=config.log_format, process=process)
        telemetry.traces.set_up(config.otlp_endpoint, process)
    except (LookupError, ValueError) as error:
        raise CommandError(str(error)) from error


def refuse_unmigrated(service: str, missing: list[str]) -> None:
    """Raises CommandError if migrations are missing."""
    if missing:
        raise CommandError(
            f"the database of {service} is older than the code ({len(missing)} migrations)", f"run `linli migrate {service}`"
        )
