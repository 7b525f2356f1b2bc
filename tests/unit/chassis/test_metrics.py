from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest

from chassis.observability import metrics
from chassis.observability.metrics import GaugeCollector, Sample


@pytest.fixture
def gauge_collector(monkeypatch: pytest.MonkeyPatch) -> GaugeCollector:
    monkeypatch.setattr(metrics.gauge_collector, "_sources", {})
    return metrics.gauge_collector


def scraped() -> str:
    return generate_latest(metrics.registry).decode()


def test_figures_of_several_services_are_one_metric(gauge_collector: GaugeCollector) -> None:
    for service, value in (("booking", 3.0), ("cases", 4.0)):
        gauge_collector.add(
            service, lambda service=service, value=value: [("linli_outbox_backlog", {"service": service}, value)]
        )
    text = scraped()
    assert 'linli_outbox_backlog{service="booking"} 3.0' in text
    assert 'linli_outbox_backlog{service="cases"} 4.0' in text
    assert text.count("# TYPE linli_outbox_backlog gauge") == 1


def test_a_source_that_fails_does_not_fail_the_scrape(gauge_collector: GaugeCollector) -> None:
    def broken() -> Iterator[Sample]:
        yield "linli_outbox_backlog", {"service": "booking"}, 1.0
        raise RuntimeError("the database is away")

    gauge_collector.add("booking", broken)
    gauge_collector.add("cases", lambda: [("linli_outbox_backlog", {"service": "cases"}, 4.0)])
    text = scraped()
    assert 'service="booking"' not in text.split("linli_outbox_backlog", 1)[1].split("# HELP", 1)[0]
    assert 'linli_outbox_backlog{service="cases"} 4.0' in text


def test_a_source_of_the_same_name_is_replaced(gauge_collector: GaugeCollector) -> None:
    gauge_collector.add("booking", lambda: [("linli_outbox_backlog", {"service": "booking"}, 1.0)])
    gauge_collector.add("booking", lambda: [("linli_outbox_backlog", {"service": "booking"}, 2.0)])
    assert 'linli_outbox_backlog{service="booking"} 2.0' in scraped()
