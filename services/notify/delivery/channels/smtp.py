"""The e-mail channel: SMTP, one message per connection, each step with a timeout."""

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

from services.notify.delivery.channels import AnswerLost, Rejected, TryAgain
from services.notify.delivery.parcel import Parcel

Security = Literal["none", "starttls", "tls"]
SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
STEP_TIMEOUT: Final = 10.0  # seconds; a dialogue has at most nine steps, so it ends before the lease
_LINE_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """The mail server that LINLI_SMTP_URL names."""

    host: str
    port: int
    security: Security
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`smtp://host:port` (no encryption), `smtp+starttls://…` (STARTTLS is required) or `smtps://…` (TLS from the start),
        each with an optional `user:password@`. Raises ValueError for anything else, and for a password that would be sent
        over a network without encryption."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ValueError("LINLI_SMTP_URL must be smtp://, smtp+starttls:// or smtps:// with a host")
        security, port = SCHEMES[parts.scheme]
        if parts.password and security == "none" and not _is_local(parts.hostname):
            raise ValueError("LINLI_SMTP_URL: a password needs smtps:// or smtp+starttls://")
        return cls(parts.hostname, parts.port or port, security, unquote(parts.username or ""), unquote(parts.password or ""))


class Email:
    """`sender` is the From address, with or without a name. `timeout` is per step, in seconds."""

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
        """Connect and sign in. An error here is not caused by the recipient's address, so it is always TryAgain."""
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
        """Send the sender's and the recipient's address. A rejected sender is an error of our configuration (TryAgain); a
        rejected recipient may be final."""
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
    """Send the content. If the connection breaks after its first byte, the server may have accepted it (AnswerLost)."""
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
    """A short code for the error. The server's own text is left out: it may contain the address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    # smtplib raises SMTPServerDisconnected for a timeout while it reads.
    timed_out = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    return "timeout" if timed_out else type(error).__name__


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
