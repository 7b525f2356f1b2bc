"""A mail server that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.broker import free_port


@dataclass
class Mailbox:
    """`url` is what LINLI_SMTP_URL wants."""

    url: str = ""
    _texts: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        body = mail.get_body(preferencelist=("plain",))
        self._texts += [(to, f"{mail['subject']}\n{body.get_content() if body else ''}") for to in envelope.rcpt_tos]
        return "250 OK"

    def texts(self, to: str) -> list[str]:
        """Subject and plain text of all mails to an address, the oldest first."""
        return [text for address, text in list(self._texts) if address == to]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    port = free_port()
    box = Mailbox(f"smtp://127.0.0.1:{port}")
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
