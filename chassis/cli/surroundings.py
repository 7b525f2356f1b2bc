"""What `linli doctor` looks at around us: the disk, the SMTP server, and the process that serves here."""

import shutil
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote, urlsplit

import orjson

from chassis.cli.examinations import Finding
from chassis.config import settings

GIB = 2**30
SCARCE, LITTLE = 0.03, 0.10  # of the disk
PATIENCE = 5.0  # seconds


def of_disk() -> Iterator[Finding]:
    """Where LINLI_HOME is; with the embedded database that is where the data is, too."""
    home = settings().home
    disk = shutil.disk_usage(home)
    told = f"{disk.free / GIB:.1f} GiB of {disk.total / GIB:.0f} GiB are free where {home} is"
    if disk.free / disk.total < SCARCE:
        yield Finding("wrong", "disk", told, "free some space: PostgreSQL stops when there is none")
    elif disk.free / disk.total < LITTLE:
        yield Finding("note", "disk", told, "free some space soon")
    else:
        yield Finding("ok", "disk", told)


def of_smtp() -> Iterator[Finding]:
    """Connects and signs in, and sends nothing."""
    if not (url := settings().smtp_url):
        return
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    try:
        _greet(url)
    except smtplib.SMTPAuthenticationError as error:
        yield Finding("wrong", "SMTP", f"{where} refuses us: {error.smtp_code}", "check user and password in LINLI_SMTP_URL")
    except (OSError, smtplib.SMTPException) as error:
        told = f"{where} does not answer: {type(error).__name__}: {error}"
        yield Finding("wrong", "SMTP", told, "check LINLI_SMTP_URL; e-mails wait and are tried again for a day")
    else:
        yield Finding("ok", "SMTP", f"{where} answers")


def _greet(url: str) -> None:
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    line = partial(smtplib.SMTP_SSL, context=ssl.create_default_context()) if tls else smtplib.SMTP
    port = parts.port or (465 if tls else 587 if parts.scheme.endswith("starttls") else 25)
    with line(parts.hostname or "", port, timeout=PATIENCE) as server:
        if parts.scheme.endswith("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.noop()


def of_process() -> Iterator[Finding]:
    """What the process on the side port says of itself: it may have been started with other settings than ours."""
    config = settings()
    if not config.side_port:
        return
    host = "127.0.0.1" if config.side_bind in ("0.0.0.0", "::") else config.side_bind  # noqa: S104  compared
    try:
        with urllib.request.urlopen(f"http://{host}:{config.side_port}/readyz", timeout=PATIENCE) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        yield Finding("note", "process", f"nothing answers on the side port {config.side_port}: {error}", "does it run?")
        return
    checks = orjson.loads(body)["checks"]
    for check in checks:
        if not check["ok"]:
            yield Finding("wrong", f"{check['service']}, running", f"{check['check']}: {check['problem']}", "see its log")
    yield Finding(
        "ok", "process", f"{sum(check['ok'] for check in checks)} of {len(checks)} checks pass in the running process"
    )
