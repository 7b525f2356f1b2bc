"""Failures that operators can fix. `linli` prints what is wrong and what to do, without a stack trace."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


class CommandError(click.ClickException):
    """A failure that an operator can fix. `what` is one sentence about the failure, `do` is the advice."""

    exit_code = 1

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.do = do

    def format_message(self) -> str:
        return f"{self.message}\n  → {self.do}" if self.do else self.message


@contextmanager
def as_command_errors() -> Iterator[None]:
    """Convert errors of libraries (wrong setting, unreachable server, used port) into Problems."""
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        if (problem := explain(error)) is None:
            raise
        raise problem from error


def explain(error: Exception) -> CommandError | None:
    """Return the CommandError for `error`. None if `error` is a bug."""
    for cause in _causes(error):
        for name, make_error in _BY_CLASS.items():
            if name in _class_names(cause):
                return make_error(cause)
        if isinstance(cause, OSError) and cause.errno in _BY_ERRNO:
            return _BY_ERRNO[cause.errno](cause)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _class_names(error: BaseException) -> set[str]:
    return {f"{cls.__module__.split('.')[0]}.{cls.__name__}" for cls in type(error).__mro__}


def _first_line(error: BaseException) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


# Part of PostgreSQL's message -> advice. psycopg has no SQLSTATE for a refused connection, so the text is compared.
_POSTGRESQL_ADVICE = {
    "password authentication failed": "check user and password in LINLI_DATABASE_URL",
    "no pg_hba.conf entry": "let this host in (pg_hba.conf), or use TLS: ?sslmode=require in LINLI_DATABASE_URL",
    'role "': "create the role, or check the user in LINLI_DATABASE_URL",
    'database "': "create it (deploy/postgres/10-services.sh does), or check LINLI_DATABASE_URL",
    "permission denied": "the role must own its database",
    "too many clients": "raise max_connections, or lower LINLI_WORKERS or the number of replicas",
    "remaining connection slots": "raise max_connections, or lower LINLI_WORKERS or the number of replicas",
    "No space left on device": "free some space where PostgreSQL keeps its data",
}


def _database(error: BaseException) -> CommandError:
    message = _first_line(error)
    for words, do in _POSTGRESQL_ADVICE.items():
        if words in message:
            return CommandError(f"PostgreSQL refuses us: {message}", do)
    return CommandError(
        f"PostgreSQL does not answer: {message}",
        "check LINLI_DATABASE_URL and that the server runs; without LINLI_DATABASE_URL an embedded one is started",
    )


def _schema(error: BaseException) -> CommandError:
    return CommandError(f"the database is not what the code expects: {_first_line(error)}", "run `linli migrate`")


def _blocked(error: BaseException) -> CommandError:
    return CommandError(
        f"a migration was blocked: {_first_line(error)}",
        "let that transaction end, or end it (SELECT pg_terminate_backend(<process>)); then run `linli migrate` again",
    )


def _broker(error: BaseException) -> CommandError:
    return CommandError(f"the broker does not answer: {_first_line(error)}", "check LINLI_AMQP_URI and that RabbitMQ runs")


def _denied(error: BaseException) -> CommandError:
    return CommandError(
        f"the broker refuses us: {_first_line(error)}", "check user, password and virtual host in LINLI_AMQP_URI"
    )


def _setting(error: BaseException) -> CommandError:
    return CommandError(f"a setting is wrong: {_first_line(error)}", "`linli config` lists every setting with its meaning")


def _unchanged(error: BaseException) -> CommandError:
    return CommandError(_first_line(error))


def _port_in_use(error: BaseException) -> CommandError:
    return CommandError(
        f"the port is taken: {_first_line(error)}", "stop what listens there, or set another LINLI_PORT or LINLI_SIDE_PORT"
    )


def _permission(error: BaseException) -> CommandError:
    return CommandError(f"not allowed: {_first_line(error)}", "check who owns the folder, or set another LINLI_HOME")


def _no_folder(error: BaseException) -> CommandError:
    return CommandError(f"no folder: {_first_line(error)}", "set LINLI_HOME to a folder, or to one that can be made")


def _no_answer(error: BaseException) -> CommandError:
    return CommandError("a server did not answer in time", "`linli doctor` says which one, and why")


def _disk_full(error: BaseException) -> CommandError:
    return CommandError(f"no space left: {_first_line(error)}", "free some space where LINLI_HOME is")


_BY_CLASS: dict[str, Callable[[BaseException], CommandError]] = {
    "environs.EnvError": _setting,
    "sqlalchemy.ArgumentError": _setting,
    "sqlalchemy.OperationalError": _database,
    "sqlalchemy.ProgrammingError": _schema,
    "psycopg.OperationalError": _database,
    "amqp.AccessRefused": _denied,
    "amqp.NotAllowed": _denied,
    "kombu.OperationalError": _broker,
    "amqp.ConnectionError": _broker,
    "chassis.NotStarted": _unchanged,
    "chassis.MigrationBlocked": _blocked,
    "chassis.UntrustedKey": _unchanged,
    "builtins.TimeoutError": _no_answer,
}
_BY_ERRNO: dict[int | None, Callable[[BaseException], CommandError]] = {
    errno.EADDRINUSE: _port_in_use,
    errno.EACCES: _permission,
    errno.EPERM: _permission,
    errno.EROFS: _permission,
    errno.ENOSPC: _disk_full,
    errno.EEXIST: _no_folder,
    errno.ENOTDIR: _no_folder,
    errno.ECONNREFUSED: _broker,
}
