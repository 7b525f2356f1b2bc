"""Answers are sent as gzip if the client accepts it (docs/adr/0030-http-server.md).

Live streams, photos and bodies smaller than MIN_BYTES are not compressed. Assets are compressed elsewhere, once each
(gateway.web.assets). Bodies larger than THREAD_FROM are compressed in a thread, so that other requests need not wait.
"""

import zlib
from functools import lru_cache

from flask import Flask, Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from gateway.offload import in_thread

MIN_BYTES = 1_024  # bytes; a smaller answer fits into one packet in any case
THREAD_FROM = 65_536  # bytes; compressing them takes about 0.4 ms
LEVEL = 4  # higher levels cost more than they save
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
    """True if a client with this Accept-Encoding accepts gzip, and does not prefer an uncompressed answer."""
    accepted = parse_accept_header(accept_encoding, Accept)
    return 0 < accepted.quality("gzip") >= accepted.quality("identity")


def gzip(content: bytes, level: int = LEVEL) -> bytes:
    """`content` in the gzip format. The result depends on the content only, not on the time."""
    packing = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packing.compress(content) + packing.flush()


def _compress(response: Response) -> Response:
    if response.mimetype not in TYPES or response.is_streamed or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")  # on every such answer; a 304 needs the same Vary as the 200
    if response.status_code == 304 or not accepts_gzip(request.headers.get("Accept-Encoding")):
        return response
    content = response.get_data()
    if len(content) >= MIN_BYTES:
        response.set_data(in_thread(gzip, content) if len(content) > THREAD_FROM else gzip(content))
        response.headers["Content-Encoding"] = "gzip"
        _weaken_etag(response)
    return response


def _weaken_etag(response: Response) -> None:
    """A strong ETag stands for exact bytes, but another client gets the same content uncompressed."""
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag, weak=True)
