"""`python -m tests.toy.web`: a WSGI application on the chassis's server, without broker and database."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson
from eventlet import sleep
from eventlet.event import Event

from chassis.cli.serving import serve
from chassis.observability import telemetry
from chassis.web.server import wsgi
from tests.patience import eventually
from tests.toy.texts import LARGE

Environ = dict[str, Any]
FILLER = [("X-Filler", "x" * 100)] * 3


def app(environ: Environ, start_response: Any) -> Iterable[bytes]:
    answer = _PATHS.get(environ["PATH_INFO"])
    if answer is None:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    return answer(environ, start_response)


def _echo(environ: Environ, start_response: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _environ(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """What the server made of the request's head."""
    start_response("200 OK", [("Content-Type", "application/json"), *FILLER])
    return [orjson.dumps({name: value for name, value in environ.items() if isinstance(value, str)})]


def _wait(environ: Environ, start_response: Any) -> Iterable[bytes]:
    query = environ["QUERY_STRING"]
    Path(query + ".started").touch()
    eventually(Path(query).exists, seconds=30)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]


def _read_late(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Reads one byte, and the others when it is told to."""
    environ["wsgi.input"].read(1)
    return [*_wait(environ, lambda *_: None), *_echo(environ, start_response)]


def _unread(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("413 Content Too Large", [("Content-Length", "3")])
    return [b"no\n"]


def _stream(environ: Environ, start_response: Any) -> Iterable[bytes]:
    environ["linli.stream"] = True
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return _ticks()


def _ticks() -> Iterable[bytes]:
    while True:
        yield b"tick\n"
        sleep(0)  # lets others run; the client's reading is what slows it down


def _quiet(environ: Environ, start_response: Any) -> Iterable[bytes]:
    environ["linli.stream"] = True
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return _one_tick()


def _one_tick() -> Iterable[bytes]:
    yield b"tick\n"
    Event().wait()  # that nothing ever sends


def _parts(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (part for part in (b"one ", b"", b"two ", b"three"))


def _large(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (line + b"\n" for line in LARGE.splitlines())


def _fail(environ: Environ, start_response: Any) -> Iterable[bytes]:
    raise FileNotFoundError("a bug")


def _fail_late(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield LARGE
    yield LARGE
    raise RuntimeError("a bug")


def _short(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"two\n"]


def _long(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "3")])
    return [b"four", b"\n"]


def _inject(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("X-Echo", "a\r\nSet-Cookie: b=c")])
    return [b"x"]


_PATHS: dict[str, Callable[[Environ, Any], Iterable[bytes]]] = {
    "/echo": _echo,
    "/environ": _environ,
    "*": _environ,
    "/wait": _wait,
    "/read-late": _read_late,
    "/unread": _unread,
    "/stream": _stream,
    "/quiet": _quiet,
    "/parts": _parts,
    "/large": _large,
    "/fail": _fail,
    "/fail-late": _fail_late,
    "/short": _short,
    "/long": _long,
    "/inject": _inject,
}


class ToyWeb:
    name = "toy"

    @wsgi
    def app(self) -> Any:
        return app


if __name__ == "__main__":
    telemetry.set_up_logging(level="info", format="json", process="toy")
    raise SystemExit(serve([ToyWeb], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
