"""One booking is one trace, from the browser to what the subscribers made of it."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.observability.observed import ROOT, a_free_hour, observed, signed_in
from tests.patience import eventually
from tour.client import Problem

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `telemetry` is not installed")

TRACE, BROWSER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{BROWSER}-01"
REFUSED = "1bf7651916cd43dd8448eb211c80319d"


class Collector(HTTPServer):
    """Takes what an OpenTelemetry collector would: OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.names: list[str] = []


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            (service,) = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
            self.server.names += [f"{service}: {s.name}" for scope in resource.scope_spans for s in scope.spans]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Played:
    """`spans` of all traces; `collected` is what arrived at the collector; `logged` are lines of the booking's trace."""

    spans: list[dict[str, Any]]
    collected: list[str]
    logged: list[dict[str, Any]]

    def of(self, name: str, trace: str = TRACE) -> dict[str, Any]:
        (span,) = [span for span in self.spans if span["trace"] == trace and span["name"] == name]
        return span

    def parent_of(self, span: dict[str, Any]) -> dict[str, Any]:
        (parent,) = [other for other in self.spans if other["id"] == span["parent"]]
        return parent


@pytest.fixture(scope="module")
def played(home_folder: Callable[[], Path]) -> Iterator[Played]:
    """A browser with a trace of its own books; and asks for the same again, which is refused."""
    folder, collector = home_folder(), Collector()
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    command = ("-m", "tests.integration.observability.traced", str(folder / "spans"))
    with observed(folder, *command, LINLI_OTLP_ENDPOINT=endpoint) as district:
        wang = signed_in(district.url, traceparent=TRACEPARENT)
        wanted = a_free_hour(wang)
        signed_in(district.url, traceparent=TRACEPARENT).post("/bookings", wanted)
        with pytest.raises(Problem, match="space_taken"):
            signed_in(district.url, traceparent=TRACEPARENT.replace(TRACE, REFUSED)).post("/bookings", wanted)
        eventually(lambda: district.lines(trace=TRACE, consumer="notify.feed_notify"), seconds=30)
        logged = district.lines(trace=TRACE)
        district.process.send_signal(signal.SIGTERM)
        assert district.process.wait(60) == 0
    collector.shutdown()
    yield Played(json.loads((folder / "spans").read_text()), collector.names, logged)


def test_from_the_browser_to_the_subscriber_each_step_is_the_parent_of_the_next(played: Played) -> None:
    # Without the transactions: that of a subscriber may be shared by several messages, and is then no step of one of them.
    steps = [
        ("POST /api/v1/bookings", "SERVER"),
        ("booking.book_space", "CLIENT"),
        ("booking.book_space", "SERVER"),
        ("create booking.confirmed.v1", "PRODUCER"),
        ("publish booking.confirmed.v1", "PRODUCER"),
        ("notify.tell_of_booking", "CONSUMER"),
        ("create notification.sent.v1", "PRODUCER"),
        ("publish notification.sent.v1", "PRODUCER"),
        ("notify.feed_notify", "CONSUMER"),
    ]
    # The resident and the staff of the space hear of it, so there may be two.
    span = next(one for one in played.spans if (one["trace"], one["name"]) == (TRACE, "notify.feed_notify"))
    found = [(span["name"], span["kind"])]
    while span["parent"] != BROWSER:
        span = played.parent_of(span)
        found.append((span["name"], span["kind"]))
    assert [step for step in found if step != ("transaction", "INTERNAL")] == steps[::-1]


def test_the_commit_is_a_step_of_the_transaction(played: Played) -> None:
    server = next(
        s for s in played.spans if s["name"] == "booking.book_space" and s["kind"] == "SERVER" and s["trace"] == TRACE
    )
    (transaction,) = [s for s in played.spans if s["parent"] == server["id"]]
    names = [s["name"] for s in played.spans if s["parent"] == transaction["id"]]
    assert names == ["create booking.confirmed.v1", "commit"]


def test_a_refusal_is_told_and_is_no_failure(played: Played) -> None:
    (server,) = [
        s for s in played.spans if s["trace"] == REFUSED and s["name"] == "booking.book_space" and s["kind"] == "SERVER"
    ]
    assert server["attributes"]["linli.refusal"] == "booking.space_taken"
    request = played.of("POST /api/v1/bookings", REFUSED)
    assert request["attributes"]["http.response.status_code"] == 409
    assert not request["failed"]
    assert not server["failed"]


def test_nothing_private_is_in_a_span(played: Played) -> None:
    said = json.dumps(played.spans)
    assert "19900000001" not in said
    assert "王" not in said


def test_the_collector_gets_them(played: Played) -> None:
    assert "up: notify.tell_of_booking" in played.collected
    assert "up: POST /api/v1/bookings" in played.collected


def test_log_lines_carry_the_trace(played: Played) -> None:
    events = {(line.get("service") or line.get("consumer"), line["event"]) for line in played.logged}
    assert ("gateway", "request") in events
    assert ("booking", "call answered") in events
    assert ("notify.tell_of_booking", "message received") in events
    spans = {span["id"] for span in played.spans}
    assert all(line["span"] in spans for line in played.logged if "span" in line)


def test_idle_work_makes_no_traces(played: Played) -> None:
    """Loops that look for work every second would bury the traces that matter."""
    roots = {span["name"] for span in played.spans if span["parent"] is None}
    assert not roots & {"transaction", "commit"}


def test_switched_off_the_sdk_is_not_even_imported() -> None:
    script = """
import sys
import chassis.monkey_patch
from chassis import service_registry
from chassis.cli import up
from chassis.observability import traces
[service_registry.class_of(name) for name in service_registry.names()]
assert traces.set_up("", "test") is False
print([name for name in sys.modules if name.startswith("opentelemetry.sdk")])
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
