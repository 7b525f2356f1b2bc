"""Passwords that are public, because a server or our own docker-compose.yml starts with them. Outside the demo nothing starts
with one of them."""

import os
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from chassis import service_registry
from chassis.cli.command_errors import CommandError
from chassis.config import every_variable, settings

DEFAULTS = frozenset(
    {"admin", "change-me", "change_me", "changeme", "example", "guest", "linli", "linli-local", "minioadmin", "password"}
    | {"postgres", "rabbitmq", "root", "secret", "test", "123456", "12345678"}
)


def found() -> Iterator[str]:
    """Yield the names of the settings that have a default password."""
    names = [variable.name for variable in every_variable() if variable.secret]
    names += [f"LINLI_DATABASE_URL_{service.upper()}" for service in service_registry.names()]
    for name in names:
        if any(_is_default(password, user) for user, password in _passwords(os.environ.get(name, ""))):
            yield name


def refuse() -> None:
    """Raises CommandError if a setting has a default password, unless this is the demo."""
    if not settings().demo and (names := list(found())):
        raise CommandError(
            f"{', '.join(names)} has a default password, and LINLI_DEMO is off: everybody knows that password",
            "set another one there and at its server; with Compose, set it in .env",
        )


def _passwords(value: str) -> Iterator[tuple[str, str]]:
    """Yield (user, password) of each URL in the value of a setting, and a value that is no URL as a password."""
    if "://" not in value:
        yield "", value
        return
    for url in value.split(";"):  # several brokers
        parts = urlsplit(url)
        yield unquote(parts.username or ""), unquote(parts.password or "")


def _is_default(password: str, user: str) -> bool:
    return bool(password) and (password.lower() in DEFAULTS or password == user)
