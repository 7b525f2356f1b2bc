"""Passwords that everybody knows stop the start outside the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.cli import default_passwords
from chassis.cli.command_errors import CommandError
from chassis.config import settings


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    monkeypatch.delenv("LINLI_DEMO", raising=False)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINLI_AMQP_URI", "amqp://guest:guest@rabbitmq:5672//"),
        ("LINLI_AMQP_URI", "amqp://booking:linli-local@127.0.0.1:5672/linli"),
        ("LINLI_AMQP_URI", "amqp://booking:k2Lw9@one/linli;amqp://booking:guest@two/linli"),
        ("LINLI_AMQP_URI", "amqp://gue%73t:gue%73t@rabbitmq/"),
        ("LINLI_DATABASE_URL", "postgresql://postgres:POSTGRES@db/{service}"),
        ("LINLI_DATABASE_URL", "postgresql://reading-room:reading-room@db/{service}"),
        ("LINLI_DATABASE_URL_CASES", "postgresql://cases:change-me@db/cases"),
        ("LINLI_SMTP_URL", "smtp://linli:password@mail"),
        ("LINLI_SECRET", "change-me"),
    ],
)
def test_a_default_password_is_named_and_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(CommandError, match=f"{name} has a default password") as refused:
        default_passwords.refuse()
    assert value not in refused.value.format_message()
    monkeypatch.setenv("LINLI_DEMO", "true")
    settings.cache_clear()
    default_passwords.refuse()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINLI_AMQP_URI", "amqp://guest:kJ2-tz9Q@rabbitmq/"),
        ("LINLI_AMQP_URI", "embedded://"),
        ("LINLI_DATABASE_URL", "postgresql:///{service}"),  # the socket, with the name of the user
        ("LINLI_DATABASE_URL", "postgresql://booking@db/{service}"),  # a certificate, or .pgpass
        ("LINLI_SMTP_URL", ""),
    ],
)
def test_others_are_not(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    settings.cache_clear()
    default_passwords.refuse()
