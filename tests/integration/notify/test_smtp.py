"""E-mail, to a real SMTP server that behaves well, badly, and not at all."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Dialogue

from services.notify.delivery.channels import AnswerLost, Rejected, TryAgain
from services.notify.delivery.channels.smtp import Email, Server
from services.notify.delivery.parcel import Parcel
from services.notify.delivery.sender import send_next
from tests.integration.notify.conftest import Post, booking
from tests.integration.notify.self_signed import write_certificate

OK = "250 OK"
Behaviour = str | Callable[[SMTP], Any]


class Mailbox:
    """What the server does when a recipient is named and when the content has come: an answer, or a behaviour. The
    lists are used up one by one; then everything is taken."""

    def __init__(self, rcpt: list[Behaviour] | None = None, data: list[Behaviour] | None = None) -> None:
        self._rcpt, self._data = rcpt or [], data or []
        self.taken: list[EmailMessage] = []
        self.asked = 0

    async def handle_RCPT(self, server: SMTP, session: Dialogue, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return await self._behave(self._rcpt, server)

    async def handle_DATA(self, server: SMTP, session: Dialogue, envelope: Envelope) -> str:
        self.asked += 1
        answer = await self._behave(self._data, server)
        if answer == OK:
            content = cast(bytes, envelope.content)
            self.taken.append(cast(EmailMessage, message_from_bytes(content, policy=default)))
        return answer

    async def _behave(self, behaviours: list[Behaviour], server: SMTP) -> str:
        behaviour = behaviours.pop(0) if behaviours else OK
        if isinstance(behaviour, str):
            return behaviour
        await behaviour(server)
        return OK


async def drop(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()


async def hang(server: SMTP) -> None:
    await asyncio.Event().wait()


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """The port of a server on 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def channel(port: int, scheme: str = "smtp", timeout: float = 5.0, **options: Any) -> Email:
    server = Server.from_url(f"{scheme}://127.0.0.1:{port}")
    return Email(server, "Linli 邻里 <noreply@linli.example>", timeout=timeout, **options)


def parcel(**more: Any) -> Parcel:
    what: dict[str, Any] = {
        "id": uuid4(),
        "attempt": 1,
        "template": "booking_confirmed",
        "language": "zh-CN",
        "address": "wang@example.com",
        "title": "预约成功：羽毛球1号场",
        "body": "您好：\n\n您已预约。\n.\n..以点开头的行\n.end",
        "variables": {},
    }
    return Parcel(**what | more)


def test_a_message_arrives_as_it_was_written() -> None:
    mailbox, letter = Mailbox(), parcel()
    with serving(mailbox) as port:
        assert channel(port).send(letter) == "OK"
    [mail] = mailbox.taken
    assert (mail["To"], mail["Subject"], mail["Content-Language"]) == ("wang@example.com", letter.title, "zh-CN")
    assert mail["From"] == "Linli 邻里 <noreply@linli.example>"
    assert mail["Message-ID"] == f"<{letter.id}@linli.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().strip().splitlines() == letter.body.splitlines()


def test_ascii_lines_that_begin_with_a_dot_arrive_too() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        channel(port).send(parcel(body="one\n.\n.two\n..three", title="dots"))
    assert mailbox.taken[0].get_content().split() == ["one", ".", ".two", "..three"]


@pytest.mark.parametrize(
    ("mailbox", "expected"),
    [
        (Mailbox(rcpt=["451 later"]), TryAgain),
        (Mailbox(rcpt=["550 no such user"]), Rejected),
        (Mailbox(data=["452 full"]), TryAgain),
        (Mailbox(data=["554 spam"]), Rejected),
        (Mailbox(rcpt=[drop]), TryAgain),
        (Mailbox(data=[drop]), AnswerLost),
        (Mailbox(rcpt=[hang]), TryAgain),
        (Mailbox(data=[hang]), AnswerLost),
    ],
    ids=["451", "550", "452 after data", "554 after data", "drop", "drop after data", "hang", "hang after data"],
)
def test_what_an_answer_means(mailbox: Mailbox, expected: type[Exception]) -> None:
    """Before the content has gone out it was certainly not taken; after it nobody knows without an answer."""
    with serving(mailbox) as port, pytest.raises(expected) as raised:
        channel(port, timeout=0.3).send(parcel())
    assert type(raised.value) is expected
    assert "wang" not in str(raised.value)
    assert mailbox.taken == [] or expected is AnswerLost


def test_no_server_is_a_passing_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        with pytest.raises(TryAgain, match="smtp_connect_ConnectionRefusedError"):
            channel(taken.getsockname()[1]).send(parcel())


def test_a_server_that_never_greets_is_a_passing_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TryAgain, match="smtp_connect_timeout"):
        channel(silent.getsockname()[1], timeout=0.3).send(parcel())


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS contexts of a server on 127.0.0.1 and of a client that trusts it."""
    write_certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return server, ssl.create_default_context(cafile=tmp_path / "cert.pem")


def test_starttls(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    of_server, of_client = certificate
    mailbox = Mailbox()
    with serving(mailbox, tls_context=of_server, require_starttls=True) as port:
        channel(port, "smtp+starttls", tls=of_client).send(parcel())
        with pytest.raises(TryAgain, match="SSLCertVerificationError"):
            channel(port, "smtp+starttls").send(parcel())
    assert len(mailbox.taken) == 1


def test_starttls_or_nothing() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as port, pytest.raises(TryAgain, match="SMTPNotSupportedError"):
        channel(port, "smtp+starttls").send(parcel())
    assert mailbox.asked == 0


def test_tls_from_the_start(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    of_server, of_client = certificate
    mailbox = Mailbox()
    with serving(mailbox, ssl_context=of_server) as port:
        channel(port, "smtps", tls=of_client).send(parcel())
    assert len(mailbox.taken) == 1


def test_signing_in_to_the_server() -> None:
    def authenticate(server: SMTP, session: Dialogue, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given == LoginPassword(b"linli", b"right"), handled=False)

    mailbox = Mailbox()
    with serving(
        mailbox, authenticator=authenticate, auth_required=True, auth_require_tls=False, auth_exclude_mechanism=["LOGIN"]
    ) as port:
        for password, works in (("right", True), ("wrong", False)):
            email = Email(Server.from_url(f"smtp://linli:{password}@127.0.0.1:{port}"), "noreply@linli.example")
            if works:
                email.send(parcel())
            else:  # our own set-up, not the recipient's fault
                with pytest.raises(TryAgain, match="smtp_connect_535"):
                    email.send(parcel())
    assert len(mailbox.taken) == 1


def test_from_a_message_to_the_mailbox(post: Post, email_on: None) -> None:
    """451 first, then 250: one e-mail, after one retry."""
    post.prove("wang", "email", "wang@example.com", language="en")
    post.hear("booking.confirmed.v1", booking())
    mailbox = Mailbox(rcpt=["451 later"])
    with serving(mailbox) as port:
        assert send_next(post.engine, channel(port)) is False
        assert post.states("email") == ["queued"]
        with post.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE notification SET next_attempt_at = now() WHERE state = 'queued'")
        assert send_next(post.engine, channel(port)) is True
        assert send_next(post.engine, channel(port)) is False
    [mail] = mailbox.taken
    assert mail["Subject"] == "Booked: Badminton court 1"
    assert "Sat 7 Mar, 09:00–11:00" in mail.get_content()
    assert post.states("email") == ["delivered"]
    assert [data["channel"] for _, data in post.published()] == ["in_app", "email"]


def test_an_answer_lost_after_the_content_is_not_sent_again(post: Post, email_on: None) -> None:
    post.prove("wang", "email", "wang@example.com")
    post.hear("booking.confirmed.v1", booking())
    mailbox = Mailbox(data=[drop])
    with serving(mailbox) as port:
        send_next(post.engine, channel(port))
        assert send_next(post.engine, channel(port)) is False
    assert mailbox.asked == 1
    assert post.states("email") == ["unknown"]
    assert post.published()[-1][1]["reason"] == "unknown"
