"""Photos as files in a folder that all gateways must share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid4

from chassis.database.engine import expect_no_open_session
from chassis.observability import telemetry
from gateway.offload import in_thread
from gateway.refusals.requests import PhotosUnavailable

P = ParamSpec("P")
Result = TypeVar("Result")
log = telemetry.get_logger(__name__)


class FolderStore:
    """A PhotoStore. Files are spread over 256 folders by the last two digits of their id, which are random."""

    def __init__(self, folder: Path) -> None:
        """Creates the folder if it is missing. Raises OSError if it is not writable."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{uuid4().hex}"
        probe.touch()
        probe.unlink()

    def put(self, photo_id: UUID, content: bytes) -> None:
        _from_disk(_write, self._path(photo_id), content)

    def get(self, photo_id: UUID) -> bytes | None:
        return _from_disk(_read, self._path(photo_id))

    def delete(self, photo_id: UUID) -> None:
        _from_disk(self._path(photo_id).unlink, missing_ok=True)

    def exists(self, photo_id: UUID) -> bool:
        return _from_disk(self._path(photo_id).exists)

    def _path(self, photo_id: UUID) -> Path:
        return self._folder / photo_id.hex[-2:] / str(photo_id)


def _from_disk(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Run `work` in a thread, because the folder may be on a slow network. Raises PhotosUnavailable."""
    expect_no_open_session("using the folder of photos")
    try:
        return in_thread(work, *args, **kwargs)
    except OSError as error:
        log.warning("photo store unavailable", error=type(error).__name__, errno=error.errno)
        raise PhotosUnavailable() from error


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Write the file completely or not at all, also if the power fails."""
    path.parent.mkdir(exist_ok=True)
    with _draft_of(path) as draft:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    for folder in (path.parent, path.parent.parent):
        _sync_folder(folder)


@contextmanager
def _draft_of(path: Path) -> Iterator[Path]:
    """A temporary file beside `path`. It is deleted unless it is renamed to `path`."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
