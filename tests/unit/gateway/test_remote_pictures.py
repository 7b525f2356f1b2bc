"""Pictures of strangers are fetched from public addresses only, whatever their name resolves to."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gateway.open311 import remote_pictures
from gateway.refusals.open311 import PictureNotFetched


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  it is refused
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_a_name_of_a_private_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not remote_pictures.is_public(address)
    resolved = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("93.184.215.14", address)]
    monkeypatch.setattr(remote_pictures.socket, "getaddrinfo", lambda *_, **__: resolved)  # type: ignore[attr-defined]
    monkeypatch.setattr(remote_pictures, "_read", lambda *_: pytest.fail("connected"))
    with pytest.raises(PictureNotFetched):
        remote_pictures.fetch("http://pictures.example/a.jpg", most=100)


def test_few_names_are_looked_up_at_once_and_each_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose server does not answer takes a native thread for as long as the resolver waits."""
    asked = []

    def fails(*_: Any, **__: Any) -> Any:
        asked.append(1)
        raise socket.gaierror

    monkeypatch.setattr(remote_pictures, "_LOOKUPS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(remote_pictures.socket, "getaddrinfo", fails)  # type: ignore[attr-defined]
    for _ in range(3):
        with pytest.raises(PictureNotFetched):
            remote_pictures.fetch("http://pictures.example/a.jpg", most=100)
    assert len(asked) == 3
    with remote_pictures._LOOKUPS, pytest.raises(PictureNotFetched):
        remote_pictures.fetch("http://pictures.example/a.jpg", most=100)
    assert len(asked) == 3


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1::1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert remote_pictures.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://a.example/x",
        "gopher://a.example/",
        "http://",
        "http://a.example:22/",
        "http://a.example:99999/",
        "http://user:word@a.example/",
        "http://[::1/",
        "//a.example/x",
        "http://a.example/" + "x" * 2000,
    ],
)
def test_other_addresses_are_refused_before_a_name_is_resolved(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_pictures.socket, "getaddrinfo", lambda *_, **__: pytest.fail("resolved"))  # type: ignore[attr-defined]
    with pytest.raises(PictureNotFetched):
        remote_pictures.fetch(address, most=100)


class Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 302 if self.path == "/moved" else 200
        content = self.headers["Host"].encode() if self.path == "/a?b=c" else b"x" * 200
        self.send_response(status)
        self.send_header("Location", "/a?b=c")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a server that counts as public here."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Pictures) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        resolved = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", running.server_address)]
        monkeypatch.setattr(remote_pictures.socket, "getaddrinfo", lambda *_, **__: resolved)  # type: ignore[attr-defined]
        monkeypatch.setattr(remote_pictures, "is_public", lambda _: True)
        monkeypatch.setitem(remote_pictures._PORTS, "http", running.server_port)
        yield "http://pictures.example"
        running.shutdown()
        thread.join()


def test_the_content_comes_from_the_address_that_was_checked(server: str) -> None:
    assert remote_pictures.fetch(f"{server}/a?b=c", most=100).startswith(b"pictures.example")


@pytest.mark.parametrize("path", ["/large", "/moved"])
def test_too_much_and_redirects_are_refused(server: str, path: str) -> None:
    with pytest.raises(PictureNotFetched):
        remote_pictures.fetch(server + path, most=100)
