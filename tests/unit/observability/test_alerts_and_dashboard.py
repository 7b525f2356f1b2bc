"""Alerts and dashboard ask for figures that exist, and say what to do. `promtool`, where it is installed (Debian's package
`prometheus`), checks the rules themselves, with series that must and must not raise them (alerts_test.yml)."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

import gateway.http.metrics
import gateway.streams.figures  # noqa: F401  registers the metrics of streams
from chassis import service_registry
from chassis.observability.metrics import GAUGE_HELP, registry
from services.booking.locks import gauges as of_locks
from services.notify.delivery import gauges as of_notify

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "observability"
GROUPS = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
ALERTS: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "grafana" / "linli.json").read_text())
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
PROMTOOL = os.environ.get("LINLI_TEST_PROMTOOL") or shutil.which("promtool")

# Of RabbitMQ's prometheus plugin, as its metrics.md lists them; the same from 3.10 to 4.x.
OF_RABBITMQ = {
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_channels",
    "rabbitmq_connections",
    "rabbitmq_detailed_queue_consumers",
    "rabbitmq_detailed_queue_messages_unacked",
    "rabbitmq_disk_space_available_bytes",
    "rabbitmq_disk_space_available_limit_bytes",
    "rabbitmq_process_resident_memory_bytes",
    "rabbitmq_queues",
    "rabbitmq_resident_memory_limit_bytes",
}
OF_THE_CLIENT = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
ADDED_BY_SCRAPING = {"job", "instance", "app"}


def counted() -> dict[str, set[str]]:
    """Labels of each series that our registry gives, by its full name; of those looked up the labels are not known here."""
    found: dict[str, set[str]] = {name: set() for name in (*GAUGE_HELP, *of_notify.GAUGES, *of_locks.GAUGES)}
    for collector in {id(c): c for c in registry._names_to_collectors.values()}.values():
        if isinstance(collector, Counter | Gauge | Histogram):
            labels = set(collector._labelnames)
            names = {Counter: ["_total"], Gauge: [""], Histogram: ["_count", "_sum", "_bucket"]}[type(collector)]
            found |= {collector._name + suffix: labels | {"le"} for suffix in names}
    return found


OURS = counted()


def names_in(query: str) -> set[str]:
    return set(re.findall(r"\b(?:linli|rabbitmq|process)_\w+", re.sub(r'"[^"]*"', '""', query)))


def rule_id(rule: dict[str, Any]) -> str:
    return str(rule["alert"])


@pytest.mark.parametrize("query", [rule["expr"] for rule in ALERTS] + QUERIES)
def test_every_figure_that_is_asked_for_exists(query: str) -> None:
    assert names_in(query) <= set(OURS) | OF_RABBITMQ | OF_THE_CLIENT
    assert names_in(query) or "ALERTS" in query or "up{" in query


@pytest.mark.parametrize("query", [rule["expr"] for rule in ALERTS] + QUERIES)
def test_every_label_that_is_asked_for_exists(query: str) -> None:
    for name, matchers in re.findall(r"\b(linli_\w+)\{([^}]*)\}", query):
        if OURS[name]:
            assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", matchers)) <= OURS[name] | ADDED_BY_SCRAPING, name


def test_nothing_is_counted_that_nobody_looks_at() -> None:
    asked = set().union(*(names_in(query) for query in QUERIES + [rule["expr"] for rule in ALERTS]))
    families = {re.sub(r"_(count|sum|bucket)$", "", name) for name in asked}
    assert {re.sub(r"_(count|sum|bucket)$", "", name) for name in OURS} - families == set()


@pytest.mark.parametrize("rule", ALERTS, ids=rule_id)
def test_every_alert_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "runbook"}
    commands = re.findall(r"`linli ([a-z-]+)", rule["annotations"]["runbook"])
    assert commands, "names no command"
    assert set(commands) <= set(re.findall(r'^    "([a-z-]+)": \(', (ROOT / "chassis/cli/main.py").read_text(), re.MULTILINE))


@pytest.mark.parametrize("rule", ALERTS, ids=rule_id)
def test_every_alert_is_explained(rule: dict[str, Any]) -> None:
    assert f"**{rule['alert']}**" in (ROOT / "docs" / "operations.md").read_text()


def test_no_alert_is_explained_that_is_gone() -> None:
    told = set(re.findall(r"\*\*(Linli\w+)\*\*", (ROOT / "docs" / "operations.md").read_text()))
    assert told == {rule["alert"] for rule in ALERTS}


def test_the_dashboard_shows_each_panel_in_a_place_of_its_own() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    (source,) = yaml.safe_load((FOLDER / "grafana" / "datasource.yml").read_text())["datasources"]
    assert {panel["datasource"]["uid"] for panel in PANELS} == {source["uid"]}


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool: apt-get install prometheus, or set LINLI_TEST_PROMTOOL")
def test_promtool_accepts_the_rules_and_they_raise_what_they_should(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "alerts.yml", tmp_path)
    shutil.copy(Path(__file__).with_name("alerts_test.yml"), tmp_path)
    scrape = (FOLDER / "prometheus.yml").read_text().replace("/etc/prometheus/alerts.yml", str(tmp_path / "alerts.yml"))
    (tmp_path / "prometheus.yml").write_text(scrape)
    for check in (("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")):
        run = subprocess.run([str(PROMTOOL), *check], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr


# --- the Compose file ---

COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text())["services"]


def test_every_mounted_file_is_there() -> None:
    mounted = [v.split(":")[0] for service in COMPOSE.values() for v in service.get("volumes", []) if v.startswith("./")]
    assert len(mounted) >= 7
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_nothing_is_published_but_on_loopback() -> None:
    ports = [port for service in COMPOSE.values() for port in service.get("ports", [])]
    assert len(ports) == 2
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_every_container_is_bounded_and_hardened(name: str) -> None:
    service = COMPOSE[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period", "restart", "healthcheck"} <= set(service)


def test_every_replica_is_scraped_on_the_side_port() -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]}
    (found,) = jobs["linli"]["dns_sd_configs"]
    assert set(found["names"]) == set(service_registry.names())
    assert f"LINLI_SIDE_PORT={found['port']}" in (ROOT / "Dockerfile").read_text()


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose on this machine")
def test_compose_takes_it_with_the_other_file() -> None:
    files = ["-f", "docker-compose.yml", "-f", "deploy/observability/compose.yml"]
    run = subprocess.run(["docker-compose", *files, "config", "-q"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
