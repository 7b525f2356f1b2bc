"""`linli up`: runs all services in one process, with a database, migrations and demo data."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import click
from rich.console import Console
from rich.status import Status
from rich.table import Table

from chassis import monkey_patch, service_registry
from chassis.cli import default_passwords, demo, instances, service_choice
from chassis.cli.command_errors import CommandError
from chassis.cli.databases import databases
from chassis.cli.migrate import bring_up_to_date
from chassis.cli.run import set_up_telemetry
from chassis.cli.serving import serve
from chassis.config import settings
from chassis.messaging import topology
from chassis.observability import terminal
from chassis.rpc import signing

console = Console(highlight=False, soft_wrap=True)


@click.command("up")
def command() -> int:
    """Start everything at http://localhost:8000: an embedded PostgreSQL under LINLI_HOME (or the servers in
    LINLI_DATABASE_URL and LINLI_AMQP_URI), migrations, demo data, and all services in this process. Ctrl-C stops it."""
    started = time.monotonic()
    monkey_patch.assert_cooperative()
    _set_defaults()
    demo.refuse_demo_in_public(listening_here=True)
    default_passwords.refuse()
    signing.signing_key()  # a wrong key is explained here
    set_up_telemetry("up")
    own_servers = settings().embedded_database  # later its address is in the environment
    with _lock_home():
        _refuse_taken_port()
        with console.status("Starting PostgreSQL …") as status, databases() as engines:
            step = _Steps(status, "Starting PostgreSQL").next
            step("Bringing the tables up to date")
            bring_up_to_date(engines)
            demo.refuse_demo_on_real_data(engines)
            step("Loading the services")
            classes = [service_choice.class_of(service) for service in service_registry.names()]
            topology.declare(classes)
            if settings().demo:
                step("Inserting the demo data")
                demo.seed(engines, again=False, on_seeded=lambda service: None)
            step("Starting the services")

            def ready() -> None:
                status.stop()
                _print_welcome(time.monotonic() - started)

            with _announced(own_servers=own_servers), _codes_shown():
                code = serve(classes, on_ready=ready, on_stopping=lambda: console.print("\nFinishing what is in work …"))
    console.print("Stopped." if code == 0 else "Stopped, not cleanly: see the log above.")
    return code


class _Steps:
    """Shows the step that runs. A step that took long stays on the screen with its time."""

    LONG = 2.0  # seconds

    def __init__(self, status: Status, first: str) -> None:
        self._status, self._current, self._began = status, first, time.monotonic()

    def next(self, step: str) -> None:
        now = time.monotonic()
        if now - self._began >= self.LONG:
            console.print(f"{self._current}: {now - self._began:.0f} s", style="dim")
        self._current, self._began = step, now
        self._status.update(f"{step} …")


def _set_defaults() -> None:
    """Set defaults for settings that are not in the environment: logs as text, and the demo on if only this machine can
    reach the process."""
    config = settings()
    on_loopback = demo.is_loopback(config.bind) and demo.is_loopback(config.public_address)
    os.environ.setdefault("LINLI_LOG_FORMAT", "console")
    os.environ.setdefault("LINLI_LOG_LEVEL", "WARNING")
    os.environ.setdefault("LINLI_DEMO", str(on_loopback).lower())
    settings.cache_clear()


@contextmanager
def _lock_home() -> Iterator[None]:
    """Allow only one `linli up` for each LINLI_HOME. The lock is released when the process ends, even by SIGKILL. Raises
    CommandError if another process has the lock."""
    home = settings().home
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CommandError(
                f"`linli up` is running already on {home} (process {lock.read().strip() or 'unknown'})",
                "use that one, stop it, or set another LINLI_HOME and LINLI_PORT",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _refuse_taken_port() -> None:
    """Raises CommandError if a port is in use. This check runs first, before a database is started."""
    config = settings()
    for name, address, port in (
        ("LINLI_PORT", config.bind, config.port),
        ("LINLI_SIDE_PORT", config.side_bind, config.side_port),
    ):
        if not port:
            continue
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except socket.gaierror as error:
                raise CommandError(
                    f"{address} is no address of this machine", f"check {name.replace('PORT', 'BIND')}"
                ) from error
            except OSError as error:
                raise CommandError(
                    f"cannot listen on {address}:{port}: {error.strerror}", f"stop what uses it, or {name}={port + 1} linli up"
                ) from error


def _codes_shown() -> AbstractContextManager[None]:
    """Codes of the demo appear on this terminal. Outside the demo they are for their owners only."""
    return terminal.attached(_show) if settings().demo else nullcontext()


def _announced(*, own_servers: bool) -> AbstractContextManager[None]:
    return instances.announced(_url(), os.environ, settings().home, own_servers=own_servers)


def _url() -> str:
    config = settings()
    host = "localhost" if demo.is_loopback(config.bind) or config.bind in ("0.0.0.0", "::") else config.bind  # noqa: S104  compared
    return f"http://{host}:{config.port}"


def _show(text: str) -> None:
    console.print(text, markup=False)


def _print_welcome(seconds: float) -> None:
    config, url = settings(), _url()
    console.print(f"[bold green]Linli 邻里[/] is ready after {seconds:.1f} s: [bold]{url}[/]")
    console.print(f"The API is described at {url}/api/docs")
    if config.demo and (people := demo.accounts()):
        table = Table(title="Sign in as", title_justify="left", title_style="bold", box=None, padding=(0, 2))
        for heading in ("where", "who", "sign-in names"):
            table.add_column(heading)
        for person in people:
            table.add_row(*person)
        console.print(table)
        console.print("Codes for other phones appear here: nothing is really sent.")
    console.print("Ctrl-C stops it.")
