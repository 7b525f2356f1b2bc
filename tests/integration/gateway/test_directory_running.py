"""The directory as it runs, on a real broker: a command of the operator reaches the copies of the services and the readers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests
from kombu import Connection
from sqlalchemy import Engine, text

from chassis.messaging.broker import events_exchange
from gateway.calls.cache import MAX_AGE
from tests.broker import free_port
from tests.conftest import DatabaseOf
from tests.patience import eventually

ROOT = Path(__file__).parents[3]
LINLI = [sys.executable, "-m", "chassis.cli.main"]
SERVICES = ("booking", "cases", "gateway")
NORTH: dict[str, Any] = {
    "id": "north",
    "name": {"zh-CN": "北关社区"},
    "time_zone": "Asia/Urumqi",
    "number_prefix": "BG",
    "grids": [{"id": "north-1", "name": {"zh-CN": "北关一格"}}],
}


class Operator:
    """Runs `linli directory` on the machine of the services, and reads their tables."""

    def __init__(self, environment: dict[str, str], databases: dict[str, Engine], folder: Path, uri: str) -> None:
        self.environment, self.databases, self.folder, self.uri = environment, databases, folder, uri

    def directory(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*LINLI, "directory", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)

    def load(self, *communities: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        file = self.folder / "district.json"
        file.write_bytes(orjson.dumps({"communities": communities}))
        return self.directory("load", str(file))

    def rows(self, service: str, query: str) -> list[tuple[Any, ...]]:
        with self.databases[service].connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def copies(self) -> list[Any]:
        return [
            *self.rows("booking", "SELECT id, version, time_zone FROM community"),
            *self.rows("cases", "SELECT id, version, number_prefix, time_zone FROM communities"),
            *self.rows("cases", "SELECT id, version, community_id, position, active FROM grids"),
        ]

    def handled(self, service: str) -> int:
        return int(self.rows(service, "SELECT count(*) FROM inbox WHERE state = 'handled'")[0][0])

    def deliver_again(self, service: str, data: dict[str, Any]) -> None:
        """An old state of a community, as a message that nobody has received before."""
        before = self.handled(service)
        headers = {
            "ce-id": str(uuid4()),
            "ce-type": "community.changed.v1",
            "ce-source": "gateway",
            "ce-subject": str(uuid4()),
            "ce-sequence": "0000000001",
            "ce-communityid": data["community_id"],
            "ce-time": "2026-03-02T09:00:00+08:00",
        }
        with Connection(self.uri, transport_options={"confirm_publish": True}) as connection, connection.Producer() as producer:
            producer.publish(data, exchange=events_exchange("gateway"), routing_key="community.changed.v1", headers=headers)
        eventually(lambda: self.handled(service) > before)


@pytest.fixture
def operator(database_of: DatabaseOf, vhost_uri: str, tmp_path: Path) -> Iterator[tuple[Operator, str]]:
    """An operator, and the URL of the API of a gateway that runs beside booking and cases."""
    port, log = free_port(), tmp_path / "log"
    databases = {service: database_of(service) for service in SERVICES}
    urls = {f"LINLI_DATABASE_URL_{name.upper()}": engine.url.render_as_string(False) for name, engine in databases.items()}
    environment = os.environ | urls
    environment |= {"LINLI_AMQP_URI": vhost_uri, "LINLI_PORT": str(port), "LINLI_SIDE_PORT": "0", "LINLI_HOME": str(tmp_path)}
    subprocess.run([*LINLI, "topology"], cwd=ROOT, env=environment, capture_output=True, timeout=60, check=True)
    with log.open("wb") as output:
        process = subprocess.Popen([*LINLI, "run", *SERVICES], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        eventually(lambda: b'"serving"' in log.read_bytes() or process.poll() is not None, seconds=60)
        assert process.poll() is None, log.read_text()
        yield Operator(environment, databases, tmp_path, vhost_uri), f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.kill()
        process.wait()


def test_one_file_reaches_the_copies_and_the_readers(operator: tuple[Operator, str]) -> None:
    linli, url = operator

    def listed() -> list[tuple[str, int]]:
        answer = requests.get(f"{url}/communities", timeout=10)
        return [(community["id"], community["version"]) for community in answer.json()["items"]]

    eventually(lambda: listed() == [("liuyi", 0)])  # that of the settings, from the start on
    assert linli.copies() == []

    done = linli.load(NORTH)
    assert (done.returncode, done.stdout) == (0, "the directory has the file's communities (1) and grids (1)\n"), done.stderr
    first = [("north", 1, "Asia/Urumqi"), ("north", 1, "BG", "Asia/Urumqi"), ("north-1", 1, "north", 0, True)]
    eventually(lambda: linli.copies() == first)
    eventually(lambda: ("north", 1) in listed(), seconds=MAX_AGE / 3)  # by itself the answer would be kept for three times that

    moved = NORTH | {"time_zone": "Asia/Shanghai", "grids": [NORTH["grids"][0] | {"active": False}]}
    linli.load(moved)
    second = [("north", 2, "Asia/Shanghai"), ("north", 2, "BG", "Asia/Shanghai"), ("north-1", 2, "north", 0, False)]
    eventually(lambda: linli.copies() == second)

    late = {"community_id": "north", "version": 1, "time_zone": "Asia/Urumqi", "number_prefix": "OLD"}
    for service in ("booking", "cases"):
        linli.deliver_again(service, late)
    assert linli.copies() == second

    for service, lost in (("booking", "TRUNCATE community"), ("cases", "DELETE FROM communities; DELETE FROM grids")):
        with linli.databases[service].begin() as connection:
            connection.execute(text(lost))
    assert linli.directory("announce").stdout == "announced 1 communities, 1 grids and 0 members of staff\n"
    eventually(lambda: linli.copies() == second)
    assert orjson.loads(linli.directory("show").stdout)["communities"] == [moved]


def test_a_bad_file_is_refused_in_a_sentence(operator: tuple[Operator, str]) -> None:
    linli, _ = operator
    refused = linli.load(NORTH, NORTH | {"id": "south", "number_prefix": "NG", "time_zone": "Asia/Zhoukou"})
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert "nothing was changed" in refused.stderr
    assert "communities.1.time_zone: This is not an IANA time zone, such as Asia/Shanghai. (not_a_time_zone)" in refused.stderr
    assert linli.rows("gateway", "SELECT id FROM community WHERE version > 0") == []
    assert linli.rows("gateway", "SELECT * FROM outbox") == []
    assert linli.directory("load", str(linli.folder / "nothing.json")).returncode == 2
