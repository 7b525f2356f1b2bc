"""W3C trace context in and out, and OpenTelemetry spans where it is installed and wanted (extra `telemetry`).

Without it the `traceparent` of a caller is handed on unchanged, so that a trace that passes through us stays whole.
OpenTelemetry is imported only where it is wanted; a span that is not costs a comparison.

One booking is one trace: the gateway's HTTP span, its RPC call (client), the service's work (server) with its
transaction, the message made in it, the relay's publishing (producer), and what each subscriber makes of it (consumer).
"""

import re
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

TRACEPARENT = "traceparent"
_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_incoming: ContextVar[str] = ContextVar("traceparent", default="")
_tracer: Any = None


def set_up(endpoint: str, service: str) -> bool:
    """Trace if OpenTelemetry is installed and either `endpoint` (OTLP over HTTP) is given or the process has a tracer
    provider already. Returns whether spans are made. Raises LookupError if an endpoint is given and the extra is
    missing."""
    global _tracer
    if not endpoint and "opentelemetry.trace" not in sys.modules:
        return False
    try:
        from opentelemetry import trace
    except ImportError:
        if endpoint:
            raise LookupError(
                "LINLI_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'linli[telemetry]'"
            ) from None
        return False
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        if not endpoint:
            return False
        trace.set_tracer_provider(_provider(endpoint, service))
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
    """Continue the trace whose `traceparent` is in `headers`; a malformed one is ignored."""
    given = headers.get(TRACEPARENT)
    _incoming.set(given if isinstance(given, str) and _FORM.fullmatch(given) else "")


def outgoing() -> dict[str, str]:
    """The `traceparent` header of the running span, else of the caller; empty if the work is not traced."""
    if (current := _current_span()) is not None:
        return {TRACEPARENT: _traceparent(current)}
    return {TRACEPARENT: given} if (given := _incoming.get()) else {}


def span(name: str, kind: str = "internal", **attributes: Any) -> AbstractContextManager[None]:
    """A span named `name` around the block; `kind`: internal, server, client, producer or consumer. It continues the
    running span, else the adopted trace. An exception marks it as failed, with its type only: texts may hold what is
    private. Does nothing where tracing is off."""
    return _NOTHING if _tracer is None else _span(name, kind, attributes)


def within(name: str, kind: str = "internal", **attributes: Any) -> AbstractContextManager[None]:
    """A span inside the running one; nothing where none runs, so that idle loops make no traces."""
    return _NOTHING if _current_span() is None else _span(name, kind, attributes)


def describe(name: str = "", *, failed: bool = False, **attributes: Any) -> None:
    """Say more of the running span, if there is one: its name is often known only later."""
    if (current := _current_span()) is None:
        return
    if name:
        current.update_name(name)
    current.set_attributes(attributes)
    if failed:
        _fail(current, "")


@contextmanager
def publishing(messages: Iterable[tuple[Hashable, str, Mapping[str, Any]]]) -> Iterator[dict[Hashable, dict[str, str]]]:
    """A producer's span for each message (key, type, headers it was stored with) of a trace, around the block that
    publishes them all. Gives the headers by key that they carry in place of the stored ones. Empty where tracing is
    off."""
    if _tracer is None:
        yield {}
        return
    from opentelemetry.trace import SpanKind

    begun = {
        key: _tracer.start_span(f"publish {type_}", context=_context_of(headers), kind=SpanKind.PRODUCER)
        for key, type_, headers in messages
        if headers.get(TRACEPARENT)
    }
    try:
        yield {key: {TRACEPARENT: _traceparent(one)} for key, one in begun.items()}
    except BaseException as error:
        for one in begun.values():
            _fail(one, type(error).__name__)
        raise
    finally:
        for one in begun.values():
            one.end()


_NOTHING: AbstractContextManager[None] = nullcontext()


@contextmanager
def _span(name: str, kind: str, attributes: Mapping[str, Any]) -> Iterator[None]:
    from opentelemetry.trace import SpanKind

    options: dict[str, Any] = {"kind": SpanKind[kind.upper()], "attributes": attributes}
    if _current_span() is None:
        options["context"] = _context_of({TRACEPARENT: _incoming.get()})
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with _tracer.start_as_current_span(name, **options, **quiet) as current:
        try:
            yield
        except Exception as error:
            _fail(current, type(error).__name__)
            raise


def _fail(span: Any, why: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR, why))


def ids() -> dict[str, str]:
    """What a log line says of the trace: `trace`, and `span` if it is one of ours. Empty if the work is not traced."""
    if not (traceparent := outgoing().get(TRACEPARENT)):
        return {}
    _, trace, span_id, _ = traceparent.split("-")
    return {"trace": trace} if _current_span() is None else {"trace": trace, "span": span_id}


def _current_span() -> Any:
    if _tracer is None:
        return None
    from opentelemetry import trace

    current = trace.get_current_span()
    return current if current.get_span_context().is_valid else None


def _traceparent(span: Any) -> str:
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def _context_of(headers: Mapping[str, Any]) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({TRACEPARENT: headers.get(TRACEPARENT, "")})
