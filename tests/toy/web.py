"""`python -m tests.toy.web`: a WSGI application on the chassis's server, without broker and database."""

# ruff: noqa: E402
import chassis.green

chassis.green.assert_cooperative()

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eventlet import sleep

from chassis.cli.serving import serve
from chassis.web.server import wsgi
from tests.patience import eventually


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    if path == "/wait":
        Path(query + ".started").touch()
        eventually(Path(query).exists, seconds=30)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]
    if path == "/stream":
        environ["linli.stream"] = True
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return _ticks()
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


def _ticks() -> Iterable[bytes]:
    while True:
        yield b"tick\n"
        sleep(0)  # lets others run; the client's reading is what slows it down


class ToyWeb:
    name = "toy"

    @wsgi
    def app(self) -> Any:
        return app


if __name__ == "__main__":
    raise SystemExit(serve([ToyWeb], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
