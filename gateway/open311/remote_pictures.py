"""Fetches the picture of a `media_url` from the Internet, and never from a private network.

The name is resolved once, every address must be public, and the connection goes to an address that was checked. So a name that
resolves to something else a moment later (DNS rebinding) gains nothing. Redirects are not followed.
"""

import socket
import time
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import eventlet
from eventlet import patcher
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError

from chassis.native_threads import in_thread
from gateway.refusals.open311 import PictureNotFetched

SECONDS = 8.0  # for all of it
_EACH = Timeout(connect=3.0, read=3.0)
_PORTS = {"http": 80, "https": 443}
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # NAT64: addresses of IPv4 inside
_MOST_CHARACTERS = 2000
# A lock of native threads: the thread releases it, also when nobody waits for it any more.
_LOOKUPS = patcher.original("threading").BoundedSemaphore(4)


def fetch(address: str, *, most: int) -> bytes:
    """At most `most` bytes, as they are. Raises PictureNotFetched."""
    url = _checked(address)
    try:
        with eventlet.Timeout(SECONDS, PictureNotFetched()):  # also for a server that sends a byte now and then
            found = _addresses(url)
            if not found or not all(is_public(one) for one in found):
                raise PictureNotFetched()
            return _read(url, sorted(found, key=len)[0], most)
    except (OSError, UnicodeError, HTTPError) as error:
        raise PictureNotFetched() from error


def _addresses(url: SplitResult) -> set[str]:
    """All addresses of the name. The resolver waits in a native thread, because it would stop all requests of this process. Few
    do at once, so that names whose servers do not answer leave threads for others. Raises PictureNotFetched, OSError."""
    if not _LOOKUPS.acquire(blocking=False):
        raise PictureNotFetched()

    def resolve() -> list[Any]:
        try:
            return socket.getaddrinfo(url.hostname, _PORTS[url.scheme], type=socket.SOCK_STREAM)
        finally:
            _LOOKUPS.release()

    return {str(info[4][0]) for info in in_thread(resolve)}


def is_public(address: str) -> bool:
    """Whether it is an address of the Internet, of a single host, that hides no other address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour or ip.teredo or any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _checked(address: str) -> SplitResult:
    try:
        url = urlsplit(address)
        plain = url.scheme in _PORTS and url.port in (None, _PORTS[url.scheme])
    except ValueError as error:
        raise PictureNotFetched() from error
    if not plain or not url.hostname or url.username is not None or len(address) > _MOST_CHARACTERS or not address.isascii():
        raise PictureNotFetched()
    return url


def _read(url: SplitResult, address: str, most: int) -> bytes:
    ends_at = time.monotonic() + SECONDS
    port = _PORTS[url.scheme]
    with _pool(url, address, port) as pool:
        answer = pool.urlopen(
            "GET",
            (url.path or "/") + (f"?{url.query}" if url.query else ""),
            headers={"Host": str(url.hostname), "Accept": "image/*", "User-Agent": "linli-open311"},
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,  # no bombs
        )
        try:
            return _content(answer, most, ends_at)
        finally:
            answer.close()


def _pool(url: SplitResult, address: str, port: int) -> HTTPConnectionPool:
    if url.scheme == "https":
        return HTTPSConnectionPool(
            address, port, timeout=_EACH, server_hostname=url.hostname, assert_hostname=url.hostname, cert_reqs="CERT_REQUIRED"
        )
    return HTTPConnectionPool(address, port, timeout=_EACH)


def _content(answer: BaseHTTPResponse, most: int, ends_at: float) -> bytes:
    if answer.status != 200:
        raise PictureNotFetched()
    content = b""
    while part := answer.read(65_536, decode_content=False):
        content += part
        if len(content) > most or time.monotonic() > ends_at:
            raise PictureNotFetched()
    return content
