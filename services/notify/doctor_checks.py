"""What `linli doctor` looks at for notify: the SMS provider and the mail server."""

import smtplib
import ssl
from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote, urlsplit

from chassis.config import settings
from chassis.observability.findings import Finding
from services.notify.delivery.channels.providers import SINK
from services.notify.settings import link_to, notify_settings

TIMEOUT = 5.0  # seconds


def check() -> Iterator[Finding]:
    """Connects and signs in, and sends nothing."""
    if notify_settings().sms_provider == SINK and not settings().demo:
        message = "text messages go nowhere: `sink` is the demo's. Nobody can sign in with a phone"
        yield Finding("note", "LINLI_SMS_PROVIDER", message, "name an installed provider (services/notify/README.md)")
    if not link_to():
        message = "nobody has said where the pages are, so reminders have no link to cancel with"
        yield Finding("note", "LINLI_SITE", message, "set it to the address of the pages, https://…")
    if not (url := notify_settings().smtp_url):
        return
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    try:
        _greet(url)
    except smtplib.SMTPAuthenticationError as error:
        yield Finding("wrong", "SMTP", f"{where} refuses us: {error.smtp_code}", "check user and password in LINLI_SMTP_URL")
    except (OSError, smtplib.SMTPException) as error:
        message = f"{where} does not answer: {type(error).__name__}: {error}"
        yield Finding("wrong", "SMTP", message, "check LINLI_SMTP_URL; e-mails wait and are tried again for a day")
    else:
        yield Finding("ok", "SMTP", f"{where} answers")


def _greet(url: str) -> None:
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    line = partial(smtplib.SMTP_SSL, context=ssl.create_default_context()) if tls else smtplib.SMTP
    port = parts.port or (465 if tls else 587 if parts.scheme.endswith("starttls") else 25)
    with line(parts.hostname or "", port, timeout=TIMEOUT) as server:
        if parts.scheme.endswith("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.noop()
