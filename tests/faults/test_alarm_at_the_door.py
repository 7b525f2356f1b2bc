"""M1 as residents, balancers and operators see it: a whole district on a broker that takes no messages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from chassis.config import settings
from chassis.messaging import alarm
from chassis.messaging.alarm_watch import Watch
from gateway.demo import COMMUNITY
from tests import memory
from tests.broker import PrivateNode
from tests.faults.sides import ROOT
from tests.integration.observability.observed import Observed, a_free_hour, observed, signed_in
from tests.patience import eventually
from tour.client import Client, Problem

# A call that waits for its timeout is not answered within PATIENCE.
RPC_TIMEOUT, PATIENCE = 60, 20.0
DOCTOR = 30  # seconds
COMMAND = ("-m", "chassis.cli.main", "up")
SENTENCE = {"en": "the live system does not answer", "zh-CN": "实时系统暂时没有响应"}


@pytest.fixture(scope="module")
def vhost(node: PrivateNode) -> str:
    return node.broker.create_vhost("district")


@pytest.fixture(scope="module")
def district(vhost: str) -> Iterator[Observed]:
    with (
        memory.folder() as folder,
        observed(folder, *COMMAND, LINLI_AMQP_URI=vhost, LINLI_RPC_TIMEOUT=str(RPC_TIMEOUT)) as it,
    ):
        yield it


def ask(district: Observed, path: str, method: str = "GET", language: str = "en", **options: Any) -> requests.Response:
    headers = {"Accept-Language": language, "Cookie": f"linli_community={COMMUNITY}"} | options.pop("headers", {})
    return requests.request(method, f"{district.url}{path}", headers=headers, timeout=PATIENCE, **options)


def this_week() -> str:
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = now + timedelta(days=7)
    return f"/api/v1/availability?community_id={COMMUNITY}&from={now:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"


def blocked(district: Observed) -> float:
    return district.value("linli_broker_blocked")


@pytest.mark.parametrize("resource", ["memory", "disk"])
def test_reads_are_answered_from_copies_and_commands_are_refused_at_once(
    district: Observed, node: PrivateNode, vhost: str, resource: str
) -> None:
    wang = signed_in(district.url)
    wanted = a_free_hour(wang)
    token = wang._http.headers["Authorization"]
    for warm in (this_week(), "/"):
        live = ask(district, warm)
        assert live.status_code == 200 and "Linli-As-Of" not in live.headers
    key = str(uuid4())
    with node.alarm(resource):
        eventually(lambda: blocked(district) == 1, seconds=20)
        # A command. It also makes what is known of free times invalid, so that only copies are left.
        refused = ask(
            district,
            "/api/v1/bookings",
            "POST",
            json=wanted,
            headers={"Authorization": str(token), "Idempotency-Key": key},
        )
        assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        # A read that somebody has asked for before, on the API and on a page.
        copy = ask(district, this_week())
        assert copy.status_code == 200 and copy.json()["items"]
        as_of = datetime.fromisoformat(copy.headers["Linli-As-Of"])
        assert timedelta() <= datetime.now(UTC) - as_of < timedelta(minutes=10) and int(copy.headers["Age"]) >= 0
        for language, sentence in SENTENCE.items():
            page = ask(district, "/", language=language)
            assert page.status_code == 200 and sentence in page.text and "Linli-As-Of" in page.headers
        # A read without a copy, and a page that needs a live answer.
        never = ask(district, f"/api/v1/spaces/{uuid4()}")
        assert (never.status_code, never.headers["Retry-After"]) == (503, "2")
        mine = ask(district, f"/bookings/{uuid4()}", headers={"Cookie": f"linli_session={str(token).removeprefix('Bearer ')}"})
        assert (mine.status_code, mine.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert "Traceback" not in mine.text and "cannot answer right now" in mine.text
        # A balancer keeps the gateway; operators are told.
        eventually(lambda: ask(district, "/readyz").json()["degraded"])  # it repeats what it found for a second
        ready = ask(district, "/readyz")
        assert ready.status_code == 200 and ready.json()["ok"]
        side = requests.get(f"{district.side}/readyz", timeout=PATIENCE)
        assert side.status_code == 200
        problems = [check["problem"] for check in side.json()["checks"] if check["degraded"]]
        assert problems and all("short of memory or disk" in problem for problem in problems)
        assert district.value("linli_http_cache_total", result="kept") >= 3
        said = doctor(district, vhost)
        assert said.returncode == 1 and "it takes no messages" in said.stdout, said.stdout + said.stderr
    eventually(lambda: blocked(district) == 0, seconds=20)
    eventually(lambda: not ask(district, "/readyz").json()["degraded"])
    eventually(lambda: "Linli-As-Of" not in ask(district, this_week()).headers, seconds=20)
    booked = wang.post("/bookings", wanted, key=key)
    assert booked["id"] == wang.post("/bookings", wanted, key=key)["id"]
    same = [b["id"] for b in wang.items("/bookings") if all(b[name] == booked[name] for name in ("space_id", "starts_at"))]
    assert same == [booked["id"]]
    eventually(lambda: district.value("linli_outbox_backlog") == 0, seconds=20)


def test_a_process_that_starts_under_the_alarm_serves_when_it_is_over(node: PrivateNode) -> None:
    uri = node.broker.create_vhost("late-district")
    with memory.folder() as folder, node.alarm("memory"), observed(folder, *COMMAND, LINLI_AMQP_URI=uri) as late:
        eventually(lambda: blocked(late) == 1, seconds=20)
        eventually(lambda: ask(late, "/readyz").json()["degraded"])
        with pytest.raises(Problem) as refused:
            Client(late.url).get("/spaces", community_id=COMMUNITY)
        assert (refused.value.status, refused.value.code) == (503, "service_unavailable")
        node.control("set_vm_memory_high_watermark", "absolute", "1GB")
        eventually(lambda: blocked(late) == 0, seconds=20)
        assert Client(late.url).get("/spaces", community_id=COMMUNITY)["items"]


def test_a_process_that_publishes_nothing_knows_of_the_alarm(node: PrivateNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_AMQP_URI", node.broker.create_vhost("idle"))
    settings.cache_clear()
    watch = Watch()
    watch.start()
    try:
        with node.alarm("memory"):
            eventually(alarm.raised, seconds=20)
        eventually(lambda: not alarm.raised(), seconds=20)
    finally:
        watch.stop()
        monkeypatch.undo()
        settings.cache_clear()


def doctor(district: Observed, vhost: str) -> subprocess.CompletedProcess[str]:
    """`linli doctor` beside the running district: it has its home and its side port."""
    parts = urlsplit(district.side)
    return subprocess.run(
        [sys.executable, "-m", "chassis.cli.main", "doctor"],
        cwd=ROOT,
        env=environment(district, LINLI_AMQP_URI=vhost, LINLI_SIDE_PORT=str(parts.port)),
        capture_output=True,
        text=True,
        timeout=DOCTOR,
        check=False,
    )


def environment(district: Observed, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    home = str(district.log.parent / "home")
    return kept | {"LINLI_HOME": home, "LINLI_COMMUNITY": "liuyi", "COLUMNS": "200"} | variables
