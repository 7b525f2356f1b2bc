"""The other checks of `linli doctor`: the disk, the checks that services declare, and the running process."""

import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator

import orjson

from chassis import service_registry
from chassis.config import settings
from chassis.observability.findings import Finding

GIB = 2**30
DISK_SCARCE, DISK_LOW = 0.03, 0.10  # of the disk
TIMEOUT = 5.0  # seconds


def check_disk() -> Iterator[Finding]:
    """Check the free space of the disk with LINLI_HOME. The embedded database has its data there."""
    home = settings().home
    disk = shutil.disk_usage(home)
    message = f"{disk.free / GIB:.1f} GiB of {disk.total / GIB:.0f} GiB are free where {home} is"
    if disk.free / disk.total < DISK_SCARCE:
        yield Finding("wrong", "disk", message, "free some space: PostgreSQL stops when there is none")
    elif disk.free / disk.total < DISK_LOW:
        yield Finding("note", "disk", message, "free some space soon")
    else:
        yield Finding("ok", "disk", message)


def check_services() -> Iterator[Finding]:
    """Run the checks that the installed services declare, for example of a server that only one service uses."""
    for service in service_registry.installed():
        if part := service_registry.module_of(service, "doctor_checks"):
            yield from part.check()


def check_process() -> Iterator[Finding]:
    """Read /readyz of the running process. It may have been started with other settings than this command."""
    config = settings()
    if not config.side_port:
        return
    host = "127.0.0.1" if config.side_bind in ("0.0.0.0", "::") else config.side_bind  # noqa: S104  compared
    try:
        with urllib.request.urlopen(f"http://{host}:{config.side_port}/readyz", timeout=TIMEOUT) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        yield Finding("note", "process", f"nothing answers on the side port {config.side_port}: {error}", "does it run?")
        return
    checks = orjson.loads(body)["checks"]
    for check in checks:
        if check["problem"]:
            yield Finding("wrong", f"{check['service']}, running", f"{check['check']}: {check['problem']}", "see its log")
    yield Finding(
        "ok", "process", f"{sum(check['ok'] for check in checks)} of {len(checks)} checks pass in the running process"
    )
