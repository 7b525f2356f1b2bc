"""Metrics of streams."""

from prometheus_client import Gauge

from chassis.observability.metrics import registry

open_streams = Gauge("linli_http_streams", "Live streams that are open", ["stream"], registry=registry)

# The known series exist from the start, so that a graph shows zero instead of nothing.
for _kind in ("account", "messages"):
    open_streams.labels(_kind)
