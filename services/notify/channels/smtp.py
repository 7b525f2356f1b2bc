"""E-mail over SMTP, one message per connection, each step with a time limit."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from typing import Final, Literal, Self
from urllib.parse import unquote, urlsplit

from services.notify.channels import AnswerLost, Rejected, TryAgain
from services.notify.outgoing import Parcel

Security = Literal["none", "starttls", "tls"]
SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
STEP_TIMEOUT: Final = 10.0  # seconds; a dialogue has at most nine steps, which is less than a lease
_LINE_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """Where LINLI_SMTP_URL points."""

    host: str
    port: int
    security: Security
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`smtp://host:port` (no encryption), `smtp+starttls://…` (STARTTLS or nothing) or `smtps://…` (TLS from the
        start), with `user:password@` where the server wants it. Raises ValueError for anything else, and for a
        password that would cross a network in the clear."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError("LINLI_SMTP_URL must be smtp://, smtp+starttls:// or smtps:// with a host")
        security, port = SCHEMES[parts.scheme]
        if parts.password and security == "none" and not _is_local(parts.hostname):
            raise ValueError("LINLI_SMTP_URL: a password needs smtps:// or smtp+starttls://")
        return cls(parts.hostname, parts.port or port, security, unquote(parts.username or ""), unquote(parts.password or ""))


class Email:
    """`sender` is the From address, with or without a name; `timeout` in seconds is for each step."""

    name = "email"

    def __init__(
        self, server: Server, sender: str, *, timeout: float = STEP_TIMEOUT, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._sender, self._timeout = server, sender, timeout
        self._tls = tls or ssl.create_default_context()
        self._envelope_from = parseaddr(sender)[1]
        self._domain = self._envelope_from.rpartition("@")[2]

    def send(self, parcel: Parcel) -> str | None:
        content = self._compose(parcel)
        line = self._open()
        try:
            self._address(line, parcel.address)
            return _hand_over(line, content)
        finally:
            _hang_up(line)

    def _open(self) -> smtplib.SMTP:
        """A connection on which mail may be offered. Whatever goes wrong here is not the recipient's fault."""
        server = self._server
        line: smtplib.SMTP | None = None
        try:
            if server.security == "tls":
                line = smtplib.SMTP_SSL(server.host, server.port, self._domain, timeout=self._timeout, context=self._tls)
            else:
                line = smtplib.SMTP(server.host, server.port, self._domain, timeout=self._timeout)
            if server.security == "starttls":
                line.starttls(context=self._tls)
            line.ehlo_or_helo_if_needed()
            if server.user:
                line.login(server.user, server.password)
        except (OSError, smtplib.SMTPException) as error:
            if line is not None:
                line.close()
            raise TryAgain(f"smtp_connect_{_code(error)}") from None
        return line

    def _address(self, line: smtplib.SMTP, address: str) -> None:
        """Name sender and recipient. A refused sender is our own set-up; a refused recipient is final."""
        try:
            sender, _ = line.mail(self._envelope_from)
            recipient, _ = line.rcpt(address) if sender == 250 else (0, b"")
        except (OSError, smtplib.SMTPException) as error:
            raise TryAgain(f"smtp_{_code(error)}") from None
        if sender != 250:
            raise TryAgain(f"smtp_sender_{sender}")
        if recipient not in (250, 251):
            _refuse(recipient)

    def _compose(self, parcel: Parcel) -> bytes:
        message = EmailMessage(policy=WIRE)
        message["From"] = self._sender
        message["To"] = parcel.address
        message["Subject"] = parcel.title
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{parcel.id}@{self._domain}>"  # the same at every attempt
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(parcel.body)
        message["Content-Language"] = parcel.language
        return bytes(message)


def _hand_over(line: smtplib.SMTP, content: bytes) -> str:
    """From the first byte of the content on, a broken connection means that nobody knows."""
    try:
        ready, _ = line.docmd("DATA")
    except (OSError, smtplib.SMTPException) as error:
        raise TryAgain(f"smtp_{_code(error)}") from None
    if ready != 354:
        _refuse(ready)
    try:
        line.send(_LINE_DOT.sub(b"..", content) + b".\r\n")
        code, answer = line.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise AnswerLost(f"smtp_{_code(error)}") from None
    if code != 250:
        _refuse(code)
    return answer.decode(errors="replace")[:200]


def _refuse(code: int) -> None:
    if 500 <= code < 600:
        raise Rejected(f"smtp_{code}")
    raise TryAgain(f"smtp_{code}")


def _hang_up(line: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        line.quit()
    line.close()


def _code(error: Exception) -> str:
    """What went wrong, without what the server said: that may quote the address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    # smtplib makes a time-out while reading an SMTPServerDisconnected.
    timed_out = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    return "timeout" if timed_out else type(error).__name__


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
