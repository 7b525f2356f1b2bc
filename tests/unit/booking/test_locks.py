"""Codes that are not easy to guess, what a lock was told, and the calls to a bridge over HTTP."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from chassis.config import settings
from services.booking.interface.locks import ADD_LOCK
from services.booking.locks.bridges import BridgeFailed, HttpBridge, bridge_named
from services.booking.locks.models import LEASE, SLOWEST, LockState, ValidCode, is_easy, new_code

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LOCK, SET, OTHER = UUID(int=1), {"a": ["x", "y", "z"]}, {"b": ["x", "y", "z"]}
KEY = b"k" * 32


@pytest.mark.parametrize(
    "code", ["000000", "121212", "123123", "123456", "987654", "345678", "114455"[:2] * 3, "123321", "111222"]
)
def test_easy_codes_are_not_given(code: str) -> None:
    assert is_easy(code)


@given(st.lists(st.integers(0, 999_999), min_size=1))
def test_a_code_has_six_digits_and_is_not_easy(draws: list[int]) -> None:
    left = [*draws, 402_917]
    code = new_code(lambda _: left.pop(0))
    assert len(code) == 6 and code.isdigit() and not is_easy(code)


def state(**over: Any) -> LockState:
    return LockState(**({"lock_id": LOCK, "version": 0, "told": {}, "tries": 0} | over))


def test_the_answer_to_an_earlier_call_does_not_confirm_a_later_one() -> None:
    lock = state()
    first = lock.begin(SET, NOW)
    assert not lock.is_due(OTHER, NOW + LEASE - timedelta(seconds=1))
    assert lock.is_due(OTHER, NOW + LEASE)
    second = lock.begin(OTHER, NOW + LEASE)
    lock.succeed(first, NOW + LEASE)
    assert (lock.told, lock.sending) == ({}, OTHER)
    lock.fail(first, "timeout", NOW + LEASE)
    assert lock.failing_since is None
    lock.succeed(second, NOW + LEASE)
    assert (lock.told, lock.sending, second > first) == (OTHER, None, True)


def test_versions_grow_also_after_a_restore() -> None:
    before = state().begin(SET, NOW)
    assert state().begin(SET, NOW + timedelta(seconds=1)) > before


def test_a_bridge_that_is_away_is_tried_more_and_more_slowly() -> None:
    lock, now, waits = state(), NOW, []
    for _ in range(9):
        lock.fail(lock.begin(SET, now), "unreachable", now)
        assert lock.next_try_at is not None and not lock.is_due(SET, lock.next_try_at - timedelta(seconds=1))
        waits.append((lock.next_try_at - now).total_seconds())
        now = lock.next_try_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60] and waits[-1] == SLOWEST.total_seconds()
    assert lock.failing_since == NOW


class Vendor(BaseHTTPRequestHandler):
    """A bridge of a vendor."""

    heard: ClassVar[list[tuple[str, dict[str, str], bytes]]]
    status = 200

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def vendor() -> Iterator[tuple[type[Vendor], HttpBridge]]:
    class One(Vendor):
        heard: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), One)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield One, HttpBridge(f"http://127.0.0.1:{server.server_port}/linli/", KEY)
    server.shutdown()
    server.server_close()


def put(bridge: HttpBridge) -> None:
    bridge.put_codes(LOCK, "front-1", 7, [ValidCode(UUID(int=2), "402917", NOW, NOW + timedelta(hours=1))], NOW)


def test_a_call_has_the_whole_set_and_is_signed(vendor: tuple[type[Vendor], HttpBridge]) -> None:
    put(vendor[1])
    ((path, headers, body),) = vendor[0].heard
    sent = orjson.loads(body)
    assert (path, sent["device"], sent["version"]) == ("/linli/locks/front-1/codes", "front-1", 7)
    assert sent["codes"] == [
        {
            "id": str(UUID(int=2)),
            "code": "402917",
            "valid_from": "2026-11-23T02:00:00+00:00",
            "valid_until": "2026-11-23T03:00:00+00:00",
        }
    ]
    known = {name.lower(): value for name, value in headers.items()}
    assert known["webhook-id"] == known["idempotency-key"] == f"{LOCK}.7"
    signed = f"{known['webhook-id']}.{known['webhook-timestamp']}.".encode() + body
    assert known["webhook-signature"] == "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("status", [302, 401, 409, 500])
def test_whatever_is_not_confirmed_has_failed_and_no_redirect_is_followed(
    vendor: tuple[type[Vendor], HttpBridge], status: int
) -> None:
    vendor[0].status = status
    with pytest.raises(BridgeFailed, match=f"http_{status}"):
        put(vendor[1])
    assert len(vendor[0].heard) == 1


def test_a_bridge_that_does_not_answer_gives_no_address_away() -> None:
    with pytest.raises(BridgeFailed) as failed:
        put(HttpBridge("http://127.0.0.1:1", KEY))
    assert failed.value.problem == "unreachable"


def test_only_configured_bridges_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    monkeypatch.setenv("LINLI_LOCK_BRIDGES", "hall=https://locks.example/a,court=https://courts.example")
    monkeypatch.setenv("LINLI_LOCK_SECRETS", f"hall={secret}")
    settings.cache_clear()
    assert bridge_named("hall") == HttpBridge("https://locks.example/a", KEY)
    for name in ("court", "elsewhere"):
        with pytest.raises(BridgeFailed, match="not_configured"):
            bridge_named(name)
    settings.cache_clear()


@pytest.mark.parametrize("device", ["..", ".", "-x", "a/b", "a" * 65])
def test_the_id_of_a_device_has_no_meaning_in_a_path(device: str) -> None:
    sent = {"community_id": "liuyi", "name": {"zh-CN": "门"}, "kind": "http", "bridge": "hall"}
    assert ADD_LOCK.takes.load(sent | {"device": "front.1_a-b"})
    with pytest.raises(ValidationError) as refused:
        ADD_LOCK.takes.load(sent | {"device": device})
    assert list(refused.value.normalized_messages()) == ["device"]


@pytest.mark.parametrize("value", ["hall=http://locks.example", "hall=ftp://x", "https://locks.example", "hall=https://a b"])
def test_an_address_that_is_not_safe_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    from environs import EnvError

    from services.booking.settings import booking_settings

    monkeypatch.setenv("LINLI_LOCK_BRIDGES", value)
    settings.cache_clear()
    with pytest.raises(EnvError):
        booking_settings()
    monkeypatch.undo()
    settings.cache_clear()
