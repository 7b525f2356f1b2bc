"""W3C trace context, and OpenTelemetry spans if they are switched on (extra `telemetry`).

opentelemetry-api is always installed. It passes a caller's trace on, so that the trace is complete even if we record no
spans. The SDK is imported only if spans are switched on. A span costs one comparison otherwise.

One booking is one trace. Its spans are the gateway's HTTP request, the RPC call (client), the service's work (server) with
its transaction and its message, the relay's publishing (producer), and the work of each subscriber (consumer).
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACEPARENT = "traceparent"
_w3c = TraceContextTextMapPropagator()
_tracer: trace.Tracer | None = None


def set_up(endpoint: str, service: str) -> bool:
    """Switch spans on if `endpoint` (OTLP over HTTP) is not empty, or if the process has a tracer provider already. Returns
    True if spans are on. Raises LookupError if there is an endpoint and the extra is not installed."""
    global _tracer
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        if not endpoint:
            return False
        try:
            trace.set_tracer_provider(_provider(endpoint, service))
        except ImportError:
            raise LookupError(
                "LINLI_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'linli[telemetry]'"
            ) from None
    _tracer = trace.get_tracer("linli")
    return True


def _provider(endpoint: str, service: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    url = endpoint if endpoint.rstrip("/").endswith("/v1/traces") else endpoint.rstrip("/") + "/v1/traces"
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "linli"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return provider


def adopt(headers: Mapping[str, Any]) -> None:
    """Continue the trace of `traceparent` in `headers`. A malformed `traceparent` is ignored. Does nothing while a span of
    this process is open."""
    if not _is_ours(trace.get_current_span()):
        context.attach(_context_of(headers))


def id_in(headers: Mapping[str, Any]) -> str | None:
    """Return the trace id of `traceparent` in `headers`. None if it is missing or malformed."""
    span_context = trace.get_current_span(_context_of(headers)).get_span_context()
    return trace.format_trace_id(span_context.trace_id) if span_context.is_valid else None


def outgoing() -> dict[str, str]:
    """Return the `traceparent` header of the current span, or of the caller's span. Empty if this work is not traced."""
    current = trace.get_current_span()
    return _headers_of(current) if current.get_span_context().is_valid else {}


def ids() -> dict[str, str]:
    """Return the log fields `trace`, and `span` if the span is of this process. Empty if this work is not traced."""
    current = trace.get_current_span()
    span_context = current.get_span_context()
    if not span_context.is_valid:
        return {}
    of_trace = {"trace": trace.format_trace_id(span_context.trace_id)}
    return of_trace | {"span": trace.format_span_id(span_context.span_id)} if _is_ours(current) else of_trace


def span(name: str, kind: str = "internal", **attributes: Any) -> AbstractContextManager[None]:
    """Open a span around the block. `kind` is internal, server, client, producer or consumer. The parent is the current
    span, or the adopted trace. An exception marks the span as failed. The span gets only the type of the exception, because
    its text may hold personal data. Does nothing if spans are off."""
    return _NO_SPAN if _tracer is None else _span(_tracer, name, kind, attributes)


def within(name: str, kind: str = "internal", **attributes: Any) -> AbstractContextManager[None]:
    """Open a child of the current span. Does nothing if no span is open, so that idle loops create no traces."""
    if _tracer is None or not _is_ours(trace.get_current_span()):
        return _NO_SPAN
    return _span(_tracer, name, kind, attributes)


def describe(name: str = "", *, failed: bool = False, **attributes: Any) -> None:
    """Change the name of the current span, add attributes, or mark it as failed. Does nothing if spans are off."""
    if _tracer is None:
        return
    current = trace.get_current_span()
    if name:
        current.update_name(name)
    current.set_attributes(attributes)
    if failed:
        _fail(current, "")


@contextmanager
def publishing(messages: Iterable[tuple[Hashable, str, Mapping[str, Any]]]) -> Iterator[dict[Hashable, dict[str, str]]]:
    """Open a producer span for each message that has a trace, around the block that publishes them. `messages` are (key,
    type, stored headers). Yields the headers by key that replace the stored headers. Empty if spans are off."""
    if _tracer is None:
        yield {}
        return
    spans = {
        key: _tracer.start_span(f"publish {type_}", context=_context_of(headers), kind=SpanKind.PRODUCER)
        for key, type_, headers in messages
        if headers.get(TRACEPARENT)
    }
    try:
        yield {key: _headers_of(span) for key, span in spans.items()}
    except BaseException as error:
        for span in spans.values():
            _fail(span, type(error).__name__)
        raise
    finally:
        for span in spans.values():
            span.end()


_NO_SPAN: AbstractContextManager[None] = nullcontext()


@contextmanager
def _span(tracer: trace.Tracer, name: str, kind: str, attributes: Mapping[str, Any]) -> Iterator[None]:
    with tracer.start_as_current_span(
        name, kind=SpanKind[kind.upper()], attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as error:
            _fail(current, type(error).__name__)
            raise


def _fail(span: Span, description: str) -> None:
    span.set_status(Status(StatusCode.ERROR, description))


def _is_ours(span: Span) -> bool:
    """True if `span` was opened in this process. False for the caller's span, and if there is none."""
    span_context = span.get_span_context()
    return span_context.is_valid and not span_context.is_remote


def _context_of(headers: Mapping[str, Any]) -> context.Context:
    traceparent = headers.get(TRACEPARENT)
    return _w3c.extract({TRACEPARENT: traceparent}, context.Context()) if isinstance(traceparent, str) else context.Context()


def _headers_of(span: Span) -> dict[str, str]:
    headers: dict[str, str] = {}
    _w3c.inject(headers, trace.set_span_in_context(span, context.Context()))
    return headers
