"""`python -m tests.integration.observability.traced REPORT`: `linli up` with tracing by its own settings; every span is kept in
memory as well, and written to REPORT as JSON when the district has stopped."""

# ruff: noqa: E402
import chassis.monkey_patch

chassis.monkey_patch.assert_cooperative()

import json
import sys
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.cli import up
from chassis.config import settings
from chassis.observability import traces


def told(span: ReadableSpan) -> dict[str, Any]:
    return {
        "trace": f"{span.context.trace_id:032x}",
        "name": span.name,
        "kind": span.kind.name,
        "id": f"{span.context.span_id:016x}",
        "parent": f"{span.parent.span_id:016x}" if span.parent else None,
        "attributes": dict(span.attributes or {}),
        "failed": span.status.status_code.name == "ERROR",
    }


if __name__ == "__main__":
    assert traces.set_up(settings().otlp_endpoint, "up")
    memory = InMemorySpanExporter()
    trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(memory))  # type: ignore[attr-defined]
    up.command.main(args=[], standalone_mode=False)
    Path(sys.argv[1]).write_text(json.dumps([told(span) for span in memory.get_finished_spans()]))
