"""Settings, read from the environment (see docs/configuration.md): those that every process has. A service declares its own
in its `settings.py`, in the same form:

    VARIABLES = (Variable("LINLI_SMTP_URL", "", "str", "…", secret=True),)

    @dataclass(frozen=True, slots=True)
    class NotifySettings:
        smtp_url: str

    notify_settings = reader(NotifySettings, VARIABLES)
"""

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from environs import Env, validate

from chassis import catalogue

EMBEDDED = "embedded://"


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting: `parse` names the environs reader, `allowed` refuses what that lets through; `secret` values are never
    shown."""

    name: str
    default: Any
    parse: str
    help: str
    secret: bool = False
    allowed: validate.Validator | None = None


_PORT = validate.Range(0, 65_535)
_FORMATS = validate.OneOf(("json", "console"))
_LEVELS = validate.Regexp(
    "(?i)(debug|info|warning|error|critical)$", error="{input} is none of DEBUG, INFO, WARNING, ERROR, CRITICAL"
)
_BROKER = validate.Regexp("(amqps?|pyamqp|embedded)://", error="amqp://…, amqps://… or embedded://")
_DATABASE = validate.Regexp(r"$|postgresql(\+psycopg)?://", error="postgresql://… or nothing")

VARIABLES = (
    Variable("LINLI_HOME", ".linli", "str", "folder for the embedded database, uploads, generated secrets"),
    Variable("LINLI_BIND", "127.0.0.1", "str", "address the gateway listens on"),
    Variable("LINLI_PORT", 8000, "int", "port the gateway listens on", allowed=_PORT),
    Variable("LINLI_PUBLIC_ADDRESS", "", "str", "address people reach the gateway at; empty: LINLI_BIND"),
    Variable("LINLI_PROXIES", 0, "int", "trusted reverse proxies in front of the gateway, whose X-Forwarded-* is believed"),
    Variable("LINLI_SIDE_PORT", 0, "int", "port of /livez, /readyz and /metrics for operators; 0: none", allowed=_PORT),
    Variable("LINLI_SIDE_BIND", "127.0.0.1", "str", "address of the side port"),
    Variable("LINLI_AMQP_URI", EMBEDDED, "str", "broker; embedded:// carries messages inside one process", True, _BROKER),
    Variable(
        "LINLI_DATABASE_URL",
        "",
        "str",
        "PostgreSQL, {service} is replaced; empty: an embedded server under LINLI_HOME",
        True,
        _DATABASE,
    ),
    Variable("LINLI_SECRET", "", "str", "signs calls between services and sessions; empty: generated under LINLI_HOME", True),
    Variable(
        "LINLI_ENCRYPTION_KEYS",
        "",
        "str",
        "Fernet keys for personal fields, newest first, comma-separated; empty: generated",
        True,
    ),
    Variable("LINLI_DEMO", False, "bool", "demo accounts and data; refused on an address others can reach"),
    Variable("LINLI_COMMUNITY", "liuyi", "str", "community that a visitor sees first"),
    Variable("LINLI_TIME_ZONE", "Asia/Shanghai", "str", "time zone of opening hours and of dates shown to people"),
    Variable("LINLI_WORKERS", 16, "int", "calls a service works on at once; also its database pool and prefetch"),
    Variable("LINLI_RPC_TIMEOUT", 5.0, "float", "seconds the gateway waits for a service's answer"),
    Variable("LINLI_DRAIN_TIMEOUT", 25.0, "float", "seconds that work in flight may take after SIGTERM"),
    Variable("LINLI_STATEMENT_TIMEOUT", 10.0, "float", "seconds after which the database gives a statement up"),
    Variable("LINLI_LOG_FORMAT", "json", "str", "json or console", allowed=_FORMATS),
    Variable("LINLI_LOG_LEVEL", "INFO", "str", "least level that is logged", allowed=_LEVELS),
    Variable("LINLI_MAX_BODY", 1_048_576, "int", "largest request body in bytes, uploads excepted"),
    Variable("LINLI_MAX_UPLOAD", 20_971_520, "int", "largest uploaded photo in bytes"),
    Variable("LINLI_OTLP_ENDPOINT", "", "str", "where OpenTelemetry traces go; empty: nowhere"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment, read once. Field names are the variables' names without LINLI_, in lower case."""

    home: Path
    bind: str
    port: int
    public_address: str
    proxies: int
    side_port: int
    side_bind: str
    amqp_uri: str
    database_url: str
    secret: str
    encryption_keys: tuple[str, ...]
    demo: bool
    community: str
    time_zone: str
    workers: int
    rpc_timeout: float
    drain_timeout: float
    statement_timeout: float
    log_format: str
    log_level: str
    max_body: int
    max_upload: int
    otlp_endpoint: str

    @property
    def embedded_broker(self) -> bool:
        return self.amqp_uri.startswith(EMBEDDED)

    @property
    def embedded_database(self) -> bool:
        """No server is named, neither for all services nor for one of them."""
        return not self.database_url and not any(
            value for name, value in os.environ.items() if name.startswith("LINLI_DATABASE_URL_")
        )

    def database_url_of(self, service: str) -> str:
        """SQLAlchemy URL of the service's database; LINLI_DATABASE_URL_BOOKING and its like win over the template.
        Raises LookupError where there is none (an embedded server has not been started)."""
        url = os.environ.get(f"LINLI_DATABASE_URL_{service.upper()}") or self.database_url.replace("{service}", service)
        if not url:
            raise LookupError("LINLI_DATABASE_URL is not set and no embedded database is running")
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


Values = TypeVar("Values")
_caches: list[Callable[[], None]] = []


def reader(kind: Callable[..., Values], variables: Sequence[Variable]) -> Callable[[], Values]:
    """A function that gives the settings of a service: `kind` has a field for each of `variables`. The environment is read
    once; `settings.cache_clear()` makes the next call read it again. It raises what `values_of` raises."""
    read = lru_cache(maxsize=1)(lambda: kind(**values_of(variables)))
    _caches.append(read.cache_clear)
    return read


def values_of(variables: Sequence[Variable]) -> dict[str, Any]:
    """Values from the environment, by the variables' names without LINLI_, in lower case. Raises environs.EnvError naming the
    variable that does not parse or is not allowed."""
    env = Env()
    return {
        variable.name.removeprefix("LINLI_").lower(): getattr(env, variable.parse)(
            variable.name, variable.default, validate=variable.allowed
        )
        for variable in variables
    }


def every_variable() -> tuple[Variable, ...]:
    """Those of every process, and those of the services whose code is installed here."""
    parts = [catalogue.part_of(service, "settings") for service in catalogue.here()]
    return (*VARIABLES, *(variable for part in parts if part for variable in part.VARIABLES))


def read_settings() -> Settings:
    """Settings from the environment. Raises environs.EnvError naming the variable that does not parse or is not allowed."""
    values = values_of(VARIABLES)
    home = values["home"] = Path(values["home"]).expanduser().resolve()
    values["public_address"] = values["public_address"] or values["bind"]
    values["secret"] = values["secret"] or _kept(home / "secret", lambda: secrets.token_urlsafe(48))
    keys = values["encryption_keys"] or _kept(home / "encryption-keys", _fernet_key)
    values["encryption_keys"] = tuple(key.strip() for key in keys.split(",") if key.strip())
    return Settings(**values)


class _OfProcess:
    """The settings of this process; the environment is read once."""

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=1)(read_settings)

    def __call__(self) -> Settings:
        return self._read()

    def cache_clear(self) -> None:
        """Read the environment again at the next call, those of services too (tests, `linli up`)."""
        self._read.cache_clear()
        for clear in _caches:
            clear()


settings = _OfProcess()


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def _kept(path: Path, make: Any) -> str:
    """The secret in `path`, made on first use and readable by its owner only. Two processes, or threads,
    that start together agree on one value: whoever creates the file first wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
