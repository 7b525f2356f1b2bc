"""The instances of `linli up` that this user runs on this machine. Each announces itself, so that other commands find it.

An instance writes a file into a folder of the user and locks it. The lock ends with the process, also after SIGKILL, so a file
without a lock is left over and ignored. The file has no secret: only what a user may have chosen on the command line.
"""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from chassis.config import home_folder, settings

# What the other commands need to know. Addresses of servers are left out, because they contain passwords.
SETTINGS = ("LINLI_HOME", "LINLI_BIND", "LINLI_PORT", "LINLI_SIDE_BIND", "LINLI_SIDE_PORT", "LINLI_DEMO")


@dataclass(frozen=True, slots=True)
class Instance:
    """`settings` are those of SETTINGS that were set. `own_servers`: the database is the embedded one."""

    url: str
    settings: dict[str, str]
    own_servers: bool


@contextmanager
def announced(url: str, environment: Mapping[str, str], home: Path, *, own_servers: bool = True) -> Iterator[None]:
    """Announce the instance at `url` during the block. If the folder cannot be used safely, it is not announced."""
    if (folder := _folder()) is None:
        yield
        return
    chosen = {name: environment[name] for name in SETTINGS if environment.get(name)} | {"LINLI_HOME": str(home.resolve())}
    path = folder / f"{os.getpid()}.json"
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(orjson.dumps({"url": url, "settings": chosen, "own_servers": own_servers}))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def running() -> list[Instance]:
    """The announced instances whose process lives, sorted by URL."""
    folder = _folder()
    found = [instance for path in folder.glob("*.json") if (instance := _read(path))] if folder else []
    return sorted(found, key=lambda instance: instance.url)


def _read(path: Path) -> Instance | None:
    """The instance, or None if nobody holds the lock, or if the file is not complete yet."""
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Instance(**orjson.loads(file.read()))
    except (OSError, ValueError, TypeError):
        return None
    path.unlink(missing_ok=True)
    return None


def _folder() -> Path | None:
    """The user's folder for these files. None if it cannot be made, or if another user owns it or could write to it."""
    folder = Path(tempfile.gettempdir()) / f"linli-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if is_own else None


def adopt() -> Instance | None:
    """Make this command look at the instance that runs: the one with this LINLI_HOME, or the only one if neither LINLI_HOME nor
    servers are set. Settings that are in the environment stay as they are. Returns the instance if one was found."""
    home = str(home_folder())
    found = running()
    same = [instance for instance in found if instance.settings["LINLI_HOME"] == home]
    is_free = not any(os.environ.get(name) for name in ("LINLI_HOME", "LINLI_DATABASE_URL", "LINLI_AMQP_URI"))
    if not same and not (is_free and len(found) == 1):
        return None
    instance = (same or found)[0]
    for name, value in instance.settings.items():
        if not os.environ.get(name):
            os.environ[name] = value
    settings.cache_clear()
    return instance
