"""A running compose project of docker-compose.yml: what Compose and Docker can tell of it and do to it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from chassis import service_registry
from tests.patience import eventually
from tests.ways_to_a_broker import compose_command

ROOT = Path(__file__).parents[2]
SERVICES = service_registry.names()
REPLICAS = {"booking": 3, "gateway": 2}  # one of everything else
ENGINE = bool(os.environ.get("LINLI_TEST_COMPOSE")) or (not os.environ.get("LINLI_NO_COMPOSE") and bool(compose_command()))
NO_ENGINE = "no Docker engine with Compose answers, or LINLI_NO_COMPOSE is set: make test-compose"


@dataclass(frozen=True, slots=True)
class District:
    """`amqp_port` is RabbitMQ's on this machine, for the outside system."""

    project: str
    url: str
    amqp_port: int

    @property
    def amqp_uri(self) -> str:
        """As the outside system `org1` sees the broker."""
        return f"amqp://org1:linli-local@127.0.0.1:{self.amqp_port}/linli"

    def compose(self, *words: str, seconds: int = 900) -> str:
        """What Compose prints. Raises AssertionError with its last words."""
        command = compose_command()
        assert command, "LINLI_TEST_COMPOSE is set, but no Docker engine with Compose answers"
        files = ["-f", "docker-compose.yml", "-f", "tests/compose/broker.yml"]
        whole = [*command.split(), *files, "-p", self.project, *words]
        done = subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def scale(self) -> None:
        """As many of each service as REPLICAS says, all of them healthy."""
        self.compose("up", "-d", *(word for name, n in REPLICAS.items() for word in ("--scale", f"{name}={n}")), seconds=300)
        eventually(self.whole, seconds=120, every=0.5)

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "-q", service).split()

    def inspect(self, container: str) -> dict[str, Any]:
        return dict(json.loads(docker("inspect", container))[0])

    def healthy(self, service: str, count: int = 1) -> bool:
        states = [self.inspect(one)["State"] for one in self.containers(service)]
        return len(states) == count and all(s["Running"] and s["Health"]["Status"] == "healthy" for s in states)

    def whole(self) -> bool:
        return all(self.healthy(service, REPLICAS.get(service, 1)) for service in SERVICES)

    def livez(self) -> bool:
        try:
            return requests.get(f"{self.url}/livez", timeout=5).ok
        except requests.RequestException:
            return False

    def rows(self, service: str, statement: str) -> list[list[str]]:
        """What the service's database holds; nulls are empty strings."""
        (postgres,) = self.containers("postgres")
        command = ["psql", "-U", "postgres", "-d", service, "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        return [line.split("\t") for line in docker("exec", postgres, *command).splitlines()]

    def tour(self) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"LINLI_URL": self.url, "LINLI_TOUR_AMQP_URI": self.amqp_uri}
        command = [sys.executable, "-m", "tour"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr[-2000:]}"
    return done.stdout
