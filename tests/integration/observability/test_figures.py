"""Every figure of /metrics moves when what it counts happens."""

import re
from typing import Any

import pytest
import requests

from chassis import service_registry
from chassis.observability.metrics import GAUGE_HELP
from tests.integration.observability.observed import Observed
from tests.patience import eventually

# What a good day does not show: tests/integration/observability/test_figures_of_faults.py makes them move.
OF_FAULTS = {
    "linli_rpc_expired_total",
    "linli_unroutable_total",
    "linli_loop_failures_total",
    "linli_inbox_unsettled",
    "linli_partitions_ahead_seconds",
}
# Well if they are zero.
MAY_BE_ZERO = {
    "linli_outbox_backlog",
    "linli_outbox_oldest_seconds",
    "linli_notify_waiting",
    "linli_notify_oldest_seconds",
    "linli_queue_messages",
    "linli_workers_busy",
    "linli_hub_lag_seconds",
    "linli_broker_blocked",  # tests/faults/test_alarm_at_the_door.py
    "linli_locks_failing_seconds",  # tests/integration/booking/test_door_codes.py
}
MOVED: list[tuple[str, dict[str, str]]] = [
    ("linli_http_seconds_count", {"method": "POST", "route": "/api/v1/bookings", "status": "201"}),
    ("linli_http_seconds_count", {"method": "POST", "route": "/api/v1/bookings", "status": "409"}),
    ("linli_http_cache_total", {"result": "hit"}),
    ("linli_http_cache_total", {"result": "miss"}),
    ("linli_sign_ins_total", {"way": "code", "result": "ok"}),
    ("linli_sign_ins_total", {"way": "password", "result": "refused"}),
    ("linli_rpc_client_seconds_count", {"service": "booking", "method": "book_space", "result": "ok"}),
    ("linli_rpc_client_seconds_count", {"service": "booking", "method": "book_space", "result": "refused"}),
    ("linli_rpc_seconds_count", {"service": "booking", "method": "book_space", "result": "ok"}),
    ("linli_rpc_seconds_count", {"service": "booking", "method": "book_space", "result": "refused"}),
    ("linli_refusals_total", {"service": "booking", "code": "booking.space_taken"}),
    ("linli_refusals_total", {"service": "gateway"}),
    ("linli_relay_published_total", {"service": "booking"}),
    ("linli_relay_lag_seconds_count", {"service": "booking"}),
    ("linli_messages_total", {"consumer": "notify.tell_of_booking", "outcome": "handled"}),
    ("linli_message_lag_seconds_count", {"consumer": "notify.tell_of_booking"}),
    ("linli_notify_attempts_total", {"channel": "sms", "outcome": "delivered"}),
    ("linli_notifications_total", {"channel": "sms", "state": "delivered"}),
    ("linli_notifications_total", {"channel": "in_app", "state": "delivered"}),
    ("linli_queue_consumers", {"queue": "evt-booking--notify.tell_of_booking.v1"}),
    ("linli_queue_consumers", {"queue": "rpc-booking"}),
    ("linli_db_connections", {"service": "booking", "state": "idle"}),
    ("linli_db_connections_limit", {"service": "booking"}),
    ("linli_workers_limit", {"service": "gateway"}),
    ("linli_check_ok", {"service": "booking", "check": "database"}),
    ("linli_check_ok", {"service": "process", "check": "broker"}),
    ("linli_disk_free_bytes", {}),
    ("linli_disk_size_bytes", {}),
    ("linli_info", {"service": "notify"}),
]


@pytest.mark.parametrize(
    ("name", "labels"), MOVED, ids=lambda value: value if isinstance(value, str) else "-".join(value.values())
)
def test_it_moves(district: Observed, day: dict[str, Any], name: str, labels: dict[str, str]) -> None:
    assert eventually(lambda: district.value(name, **labels) > 0, seconds=20, every=0.3)


def test_a_stream_is_counted_while_it_is_open(district: Observed, day: dict[str, Any]) -> None:
    from tour.people import People

    wang = People(district.url).resident("wang")
    with wang.api.following("/notifications/stream", lambda event: None):
        assert eventually(lambda: district.value("linli_http_streams", stream="account") == 1)
    assert eventually(lambda: district.value("linli_http_streams", stream="account") == 0, seconds=30)


def test_every_figure_is_looked_at_by_a_test(district: Observed, day: dict[str, Any]) -> None:
    ours = {
        name for name in district.metrics() if name.startswith("linli_") and not name.endswith(("_bucket", "_sum", "_created"))
    }
    looked_at = {name for name, _ in MOVED} | OF_FAULTS | MAY_BE_ZERO | {"linli_http_streams"}
    assert ours - looked_at == set()
    assert set(GAUGE_HELP) <= looked_at


def test_no_label_holds_an_id_or_what_a_request_said(district: Observed, day: dict[str, Any]) -> None:
    """Else the number of series grows with the number of residents."""
    requests.request("BREW", f"{district.url}/api/v1/spaces", timeout=10)
    requests.get(f"{district.url}/api/v1/spaces/no-such-thing/at-all", timeout=10)
    for name, samples in district.metrics().items():
        for sample in samples:
            text = " ".join(sample.labels.values())
            assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}|199000|BREW|no-such-thing", text), (name, text)


def test_one_registry_for_all_services_of_the_process(district: Observed, day: dict[str, Any]) -> None:
    samples = district.metrics()["linli_outbox_backlog"]
    assert {sample.labels["service"] for sample in samples} == set(service_registry.names())


def test_what_alerts_count_is_there_before_it_happens(district: Observed) -> None:
    """Else the first unroutable message, or the first parked one, would not be an increase."""
    samples = district.metrics()
    assert "booking" in {sample.labels["service"] for sample in samples["linli_unroutable_total"]}
    assert "booking.relay" in {sample.labels["loop"] for sample in samples["linli_loop_failures_total"]}
    parked = [sample.labels["consumer"] for sample in samples["linli_messages_total"] if sample.labels["outcome"] == "parked"]
    assert "notify.tell_of_booking" in parked
