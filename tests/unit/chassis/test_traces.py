"""Spans with OpenTelemetry's own exporter, where the extra `telemetry` is installed; the rest needs nothing."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chassis.observability import telemetry, traces

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def nothing_adopted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "_tracer", None)
    telemetry.adopt({})


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Finished spans of a provider of our own; OpenTelemetry's global one can be set only once per process."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "_tracer", provider.get_tracer("test"))
    yield exporter.get_finished_spans
    provider.shutdown()


def test_without_tracing_a_span_does_nothing_and_the_trace_passes_through() -> None:
    telemetry.adopt({"traceparent": TRACEPARENT})
    with traces.span("work"):
        assert traces.outgoing() == {"traceparent": TRACEPARENT}


def test_a_span_continues_the_callers_trace(spans: Any) -> None:
    telemetry.adopt({"traceparent": TRACEPARENT})
    with traces.span("booking.book_space", kind="server", service="booking"):
        outgoing = traces.outgoing()["traceparent"]
    (span,) = spans()
    assert f"{span.context.trace_id:032x}" == TRACEPARENT.split("-")[1]
    assert f"{span.parent.span_id:016x}" == TRACEPARENT.split("-")[2]
    assert outgoing == f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01"
    assert (span.name, span.kind.name, dict(span.attributes)) == ("booking.book_space", "SERVER", {"service": "booking"})


def test_spans_within_spans(spans: Any) -> None:
    with traces.span("outer"), traces.span("inner"):
        pass
    inner, outer = spans()
    assert inner.parent.span_id == outer.context.span_id
    assert outer.parent is None


def test_headers_that_come_while_a_span_runs_do_not_end_it(spans: Any) -> None:
    """The gateway adopts the request's trace once for its span and once for its log lines."""
    with traces.span("request"):
        before = traces.outgoing()
        telemetry.adopt({"traceparent": TRACEPARENT})
        assert traces.outgoing() == before
        with traces.within("transaction"):
            assert traces.ids()["span"] != before["traceparent"].split("-")[2]
    inner, outer = spans()
    assert inner.parent.span_id == outer.context.span_id


def test_the_next_piece_of_work_does_not_continue_the_trace_of_the_one_before(spans: Any) -> None:
    telemetry.adopt({"traceparent": TRACEPARENT})
    assert traces.ids() == {"trace": TRACEPARENT.split("-")[1]}
    telemetry.adopt({})
    assert traces.ids() == {}
    with traces.span("work"):
        assert traces.ids().keys() == {"trace", "span"}
    assert spans()[0].parent is None


def test_without_a_running_span_loops_make_no_trace(spans: Any) -> None:
    telemetry.adopt({"traceparent": TRACEPARENT})
    with traces.within("transaction"):
        pass
    assert spans() == ()


def test_published_messages_continue_the_trace_in_which_they_were_made(spans: Any) -> None:
    stored = [("traced", "booking.confirmed.v1", {"traceparent": TRACEPARENT}), ("not", "booking.confirmed.v1", {})]
    with traces.publishing(stored) as headers:
        pass
    (span,) = spans()
    assert headers == {"traced": {"traceparent": f"00-{TRACEPARENT.split('-')[1]}-{span.context.span_id:016x}-01"}}
    assert f"{span.parent.span_id:016x}" == TRACEPARENT.split("-")[2]


@pytest.mark.parametrize("given", [None, "", "garbage", 7, TRACEPARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)])
def test_what_is_no_traceparent_names_no_trace(given: Any) -> None:
    assert traces.id_in({"traceparent": given}) is None
    assert traces.id_in({"traceparent": TRACEPARENT}) == TRACEPARENT.split("-")[1]


def test_a_failure_marks_the_span(spans: Any) -> None:
    with pytest.raises(KeyError), traces.span("work"):
        raise KeyError("x")
    assert spans()[0].status.status_code.name == "ERROR"


def test_an_endpoint_without_the_extra_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert traces.set_up("", "test") is False
    with pytest.raises(LookupError, match=r"linli\[telemetry\]"):
        traces.set_up("http://collector:4318", "test")


def test_nothing_is_traced_unless_asked_for() -> None:
    assert traces.set_up("", "test") is False


def test_spans_go_to_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    from opentelemetry.exporter.otlp.proto.http import trace_exporter

    endpoints: list[str] = []

    class Exporter(trace_exporter.OTLPSpanExporter):
        def __init__(self, endpoint: str) -> None:
            endpoints.append(endpoint)
            super().__init__(endpoint=endpoint)

    monkeypatch.setattr(trace_exporter, "OTLPSpanExporter", Exporter)
    provider = traces._provider("http://collector:4318", "booking")
    traces._provider("http://collector:4318/v1/traces", "booking").shutdown()
    assert provider.resource.attributes["service.name"] == "booking"
    assert endpoints == ["http://collector:4318/v1/traces"] * 2
    provider.shutdown()
