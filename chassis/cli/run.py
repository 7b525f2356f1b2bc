"""`linli run`: serves one or more services. Containers run this command."""

import time

import click

from chassis import monkey_patch, service_registry
from chassis.cli import default_passwords, service_choice
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases, refuse_unmigrated
from chassis.cli.demo import refuse_demo_in_public, refuse_demo_on_real_data
from chassis.cli.serving import serve
from chassis.config import settings
from chassis.messaging import topology
from chassis.observability import telemetry
from chassis.rpc import signing
from chassis.rpc.client import makes_calls

log = telemetry.get_logger(__name__)


@click.command("run")
@click.argument("services", nargs=-1, required=True, type=click.Choice(service_registry.names()))
def command(services: tuple[str, ...]) -> int:
    """Serve SERVICES in this process until SIGTERM or SIGINT. Then work in flight is finished and acknowledged, for at most
    LINLI_DRAIN_TIMEOUT seconds."""
    monkey_patch.assert_cooperative()
    refuse_demo_in_public()
    default_passwords.refuse()
    set_up_telemetry("+".join(services))
    started = time.monotonic()
    classes = [service_choice.class_of(service) for service in services]
    # A wrong key is explained here. nameko would show a stack trace.
    signing.signing_key() if any(map(makes_calls, classes)) else signing.verify_keys()
    with databases(services) as engines:
        for service, engine in engines.items():
            refuse_unmigrated(service, engine)
        refuse_demo_on_real_data(engines)
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
