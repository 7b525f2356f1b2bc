"""Answers are sent as gzip where the client takes it (docs/adr/0030-http-server.md).

Not compressed: live streams, photos, what is smaller than LEAST, and assets, which are compressed once at the start
(gateway.web.assets). Bodies larger than AWAY are compressed in a thread, so that no other request waits for them.
"""

import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from gateway.offload import in_thread

LEAST = 1_024  # bytes; a smaller answer fits into one packet anyway
AWAY = 65_536  # bytes; about 0.4 ms of work
LEVEL = 4  # from here on, each step costs more than it saves
TYPES = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/problem+json",
        "image/svg+xml",
        "text/calendar",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)
_GZIP = zlib.MAX_WBITS | 16


def install(app: Flask) -> None:
    app.after_request(_compress)


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """True if the client with this Accept-Encoding takes gzip, and likes it no less than no coding."""
    accepted = parse_accept_header(accept_encoding, Accept)
    return 0 < accepted.quality("gzip") >= accepted.quality("identity")


def gzip(content: bytes, level: int = LEVEL) -> bytes:
    """`content` in the gzip format; the same for the same content."""
    packing = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packing.compress(content) + packing.flush()


def _compress(response: Response) -> Response:
    if response.mimetype not in TYPES or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")  # on all of them, also on a 304: it must name what the 200 would have named
    if response.status_code == 304 or not accepts_gzip(request.headers.get("Accept-Encoding")):
        return response
    content = response.get_data()
    if len(content) >= LEAST:
        response.set_data(in_thread(gzip, content) if len(content) > AWAY else gzip(content))
        response.headers["Content-Encoding"] = "gzip"
        _weaken_etag(response)
    return response


def _weaken_etag(response: Response) -> None:
    """A strong ETag names these very bytes, which another client would get uncompressed."""
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag, weak=True)
