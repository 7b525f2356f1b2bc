"""Settings of every process, read from the environment (see docs/configuration.md). A service declares its own settings in
its `settings.py`, in the same form:

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

from chassis import service_registry

EMBEDDED = "embedded://"
DERIVED = "derived"  # in LINLI_INDEX_KEYS


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting. `parse` is the name of the environs method that parses it. `allowed` checks the parsed value. The value
    of a `secret` is never shown."""

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
_SIGNING_KEY = validate.Regexp("$|[A-Za-z0-9_-]{43}=?$", error="32 bytes in URL-safe base64: `linli new-key signing` makes one")
_VERIFY_KEYS = validate.Regexp(
    r"\s*([A-Za-z0-9_-]{43}=?(\s*,\s*[A-Za-z0-9_-]{43}=?)*)?\s*$",
    error="public keys, each 32 bytes in URL-safe base64, comma-separated",
)
_DATABASE = validate.Regexp(r"$|postgresql(\+psycopg)?://", error="postgresql://… or nothing")

DEFAULT_HOME = ".linli"
VARIABLES = (
    Variable("LINLI_HOME", DEFAULT_HOME, "str", "folder for the embedded database, uploads, generated secrets"),
    Variable("LINLI_BIND", "127.0.0.1", "str", "address of the HTTP server"),
    Variable("LINLI_PORT", 8000, "int", "port of the HTTP server", allowed=_PORT),
    Variable("LINLI_PUBLIC_ADDRESS", "", "str", "address at which people reach the HTTP server; empty: LINLI_BIND"),
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
    Variable("LINLI_SECRET", "", "str", "signs cookies, forms and visitors' tokens; empty: generated under LINLI_HOME", True),
    Variable("LINLI_SECRET_OLD", "", "str", "earlier LINLI_SECRETs that are still accepted, comma-separated", True),
    Variable(
        "LINLI_SIGNING_KEY",
        "",
        "str",
        "private key of calls (Ed25519), only for the process that makes calls; empty: generated under LINLI_SIGNING_HOME",
        True,
        _SIGNING_KEY,
    ),
    Variable(
        "LINLI_VERIFY_KEYS",
        "",
        "str",
        "public keys of calls that services accept, comma-separated; empty: that of the generated key",
        allowed=_VERIFY_KEYS,
    ),
    Variable("LINLI_SIGNING_HOME", "", "str", "folder of the generated private key of calls; empty: LINLI_HOME"),
    Variable("LINLI_OLD_CALLS", True, "bool", "accept calls of the release before, for a week after an upgrade"),
    Variable(
        "LINLI_ENCRYPTION_KEYS",
        "",
        "str",
        "Fernet keys for personal fields, newest first, comma-separated; empty: generated",
        True,
    ),
    Variable(
        "LINLI_INDEX_KEYS",
        "",
        "str",
        "keys of look-up indexes of phones and addresses, newest first, comma-separated; `derived`: the key that earlier "
        "releases derived from other secrets; empty: generated in a new LINLI_HOME, else `derived`",
        True,
    ),
    Variable("LINLI_DEMO", False, "bool", "demo accounts and data; refused on an address others can reach"),
    Variable("LINLI_COMMUNITY", "", "str", "for upgrades: the id of a community that is added to an empty directory"),
    Variable("LINLI_TIME_ZONE", "Asia/Shanghai", "str", "time zone of opening hours and of dates shown to people"),
    Variable("LINLI_WORKERS", 16, "int", "calls a service works on at once; also its database pool and prefetch"),
    Variable("LINLI_RPC_TIMEOUT", 5.0, "float", "seconds that a call waits for a service's answer"),
    Variable("LINLI_DRAIN_TIMEOUT", 25.0, "float", "seconds that work in flight may take after SIGTERM"),
    Variable("LINLI_STATEMENT_TIMEOUT", 10.0, "float", "seconds after which the database gives a statement up"),
    Variable("LINLI_LOG_FORMAT", "json", "str", "json or console", allowed=_FORMATS),
    Variable("LINLI_LOG_LEVEL", "INFO", "str", "least level that is logged", allowed=_LEVELS),
    Variable("LINLI_OTLP_ENDPOINT", "", "str", "where OpenTelemetry traces go; empty: nowhere"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values of VARIABLES. The name of a field is the variable's name without LINLI_, in lower case."""

    home: Path
    bind: str
    port: int
    public_address: str
    side_port: int
    side_bind: str
    amqp_uri: str
    database_url: str
    secret: str
    secret_old: tuple[str, ...]
    signing_key: str
    verify_keys: tuple[str, ...]
    signing_home: Path
    old_calls: bool
    encryption_keys: tuple[str, ...]
    index_keys: tuple[str, ...]
    demo: bool
    community: str
    time_zone: str
    workers: int
    rpc_timeout: float
    drain_timeout: float
    statement_timeout: float
    log_format: str
    log_level: str
    otlp_endpoint: str

    @property
    def embedded_broker(self) -> bool:
        return self.amqp_uri.startswith(EMBEDDED)

    @property
    def embedded_database(self) -> bool:
        """True if neither LINLI_DATABASE_URL nor a variable for one service names a server."""
        return not self.database_url and not any(
            value for name, value in os.environ.items() if name.startswith("LINLI_DATABASE_URL_")
        )

    def database_url_of(self, service: str) -> str:
        """Return the SQLAlchemy URL of the service's database. LINLI_DATABASE_URL_<SERVICE> overrides LINLI_DATABASE_URL.
        Raises LookupError if there is no URL, because the embedded server has not been started."""
        url = os.environ.get(f"LINLI_DATABASE_URL_{service.upper()}") or self.database_url.replace("{service}", service)
        if not url:
            raise LookupError("LINLI_DATABASE_URL is not set and no embedded database is running")
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


Values = TypeVar("Values")
_caches: list[Callable[[], None]] = []


def reader(kind: Callable[..., Values], variables: Sequence[Variable]) -> Callable[[], Values]:
    """Return a function that returns the settings of a service. `kind` is a class with a field for each of `variables`. The
    environment is read once, and read again after `settings.cache_clear()`. The function raises the errors of
    `values_of`."""
    read = lru_cache(maxsize=1)(lambda: kind(**values_of(variables)))
    _caches.append(read.cache_clear)
    return read


def values_of(variables: Sequence[Variable]) -> dict[str, Any]:
    """Return the values in the environment, by the variables' names without LINLI_, in lower case. Raises environs.EnvError
    with the name of the variable that cannot be parsed or is not allowed."""
    env = Env()
    return {
        variable.name.removeprefix("LINLI_").lower(): getattr(env, variable.parse)(
            variable.name, variable.default, validate=variable.allowed
        )
        for variable in variables
    }


def every_variable() -> tuple[Variable, ...]:
    """Return the variables of every process, and those of the installed services."""
    parts = [service_registry.module_of(service, "settings") for service in service_registry.installed()]
    return (*VARIABLES, *(variable for part in parts if part for variable in part.VARIABLES))


def home_folder() -> Path:
    """LINLI_HOME. Unlike `settings`, this creates nothing."""
    return Path(os.environ.get("LINLI_HOME") or DEFAULT_HOME).expanduser().resolve()


def read_settings() -> Settings:
    """Read the settings of every process. Raises environs.EnvError like `values_of`."""
    values = values_of(VARIABLES)
    home = values["home"] = home_folder()
    values["public_address"] = values["public_address"] or values["bind"]
    values["signing_home"] = Path(values["signing_home"]).expanduser().resolve() if values["signing_home"] else home
    values["index_keys"] = _index_keys(home, values)  # before the other secrets are generated
    keys = values["encryption_keys"] or generated(home / "encryption-keys", _fernet_key)
    values["encryption_keys"] = _listed(keys)
    values["secret"] = values["secret"] or generated(home / "secret", new_secret)
    for name in ("secret_old", "verify_keys"):
        values[name] = _listed(values[name])
    return Settings(**values)


class _OfProcess:
    """The cached settings of this process. The environment is read once."""

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=1)(read_settings)

    def __call__(self) -> Settings:
        return self._read()

    def on_clear(self, clear: Callable[[], None]) -> None:
        """Call `clear` at each `cache_clear`: for what was made from the settings."""
        _caches.append(clear)

    def cache_clear(self) -> None:
        """Make the next call read the environment again, also for the settings of services (tests, `linli up`)."""
        self._read.cache_clear()
        for clear in _caches:
            clear()


settings = _OfProcess()


def _fernet_key() -> str:
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def new_secret() -> str:
    """Return a new secret, for LINLI_SECRET and LINLI_INDEX_KEYS."""
    return secrets.token_urlsafe(48)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _index_keys(home: Path, values: dict[str, Any]) -> tuple[str, ...]:
    """Return LINLI_INDEX_KEYS. A new installation gets a generated key. It is new if it has no other secret yet. This key is
    generated first, so a process that finds another secret, which a process beside it has just generated, finds this key
    too."""
    if given := _listed(values["index_keys"]):
        return given
    file = home / "index-keys"
    is_given = values["secret"] or values["encryption_keys"]
    if not is_given and not any((home / name).exists() for name in ("secret", "encryption-keys")):
        generated(file, new_secret)
    return _listed(file.read_text()) if file.exists() else (DERIVED,)


def generated(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in the file `path`. Creates the file on first use, readable only by its owner. If two processes or
    threads create it at the same time, both get the value of the first."""
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
