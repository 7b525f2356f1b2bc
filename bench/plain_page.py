"""`python -m bench.plain_page`: an application that returns 2 kB without work. It shows the cost of the HTTP server itself."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

from collections.abc import Iterable
from typing import Any

from chassis.cli.serving import serve
from chassis.web.server import wsgi

PAGE = b"x" * 2_000
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(PAGE))), ("Cache-Control", "no-store"), ("X-A", "b")]


def page(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", HEADERS)
    return [PAGE]


class PlainPage:
    name = "plain"

    @wsgi
    def app(self) -> Any:
        return page


if __name__ == "__main__":
    raise SystemExit(serve([PlainPage], on_ready=lambda: print("SERVING", flush=True), on_stopping=lambda: None))
