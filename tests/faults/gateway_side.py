"""A district whose gateway is attacked or stopped: `linli up` with the demo's data, as a process that can be started again.

Its databases belong to a role without special rights, as in Compose: limits of connections hold for it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from sqlalchemy import Connection, NullPool, create_engine, text

from chassis import service_registry
from chassis.embedded import postgres
from gateway.demo import COMMUNITY
from tests.broker import free_port
from tests.patience import eventually

START = 180.0  # seconds a first start may take on a busy machine
CODE, PASSWORD = "246810", "linli-demo"
ROLE = "district"


@dataclass
class GatewaySide:
    """`url` stays the same over restarts."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = f"{self.url}/api/v1"
        self._server = postgres.start(self.folder / "home" / "postgres")
        with self.connected("postgres") as connection:
            connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
            for service in service_registry.names():
                connection.execute(text(f"CREATE DATABASE {service} OWNER {ROLE}"))

    @contextmanager
    def connected(self, database: str) -> Iterator[Connection]:
        """A connection of the superuser, without transactions."""
        engine = create_engine(postgres.url(self._server, database), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            yield connection

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
        environment |= {"LINLI_HOME": str(self.folder / "home"), "LINLI_PORT": str(self.port), "LINLI_DEMO": "true"}
        environment["LINLI_DATABASE_URL"] = postgres.url(self._server, "{service}").replace("//postgres", f"//{ROLE}")
        log = self.folder / "up.log"
        with log.open("ab") as out:
            command = [str(Path(sys.executable).with_name("linli")), "up"]
            self.process = process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)

        def ready() -> bool:
            assert process.poll() is None, f"linli up ended:\n{log.read_text()[-4000:]}"
            try:
                return requests.get(f"{self.url}/readyz", timeout=5).ok
            except requests.RequestException:
                return False

        eventually(ready, seconds=START, every=0.1)

    def stop(self) -> int:
        """SIGTERM, and the exit code. Kills what does not end within a minute."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            return self.process.wait(10)

    def close(self) -> None:
        self.stop()
        self._server.cleanup()

    def memory(self) -> float:
        """Resident memory of the process and of the processes that decode pictures, in MiB."""
        assert self.process is not None
        total = 0
        root = psutil.Process(self.process.pid)
        for process in [root, *root.children(recursive=True)]:
            try:
                if "postgres" not in process.name():
                    total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        return total / 2**20

    def sign_in(self, username: str) -> dict[str, str]:
        """The headers of a member of staff."""
        body = {"username": username, "password": PASSWORD}
        answer = requests.post(f"{self.api}/auth/sessions", json=body, timeout=30)
        assert answer.ok, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def clear_limits(self) -> None:
        """Forget the uses of limits, which would hold for 15 minutes."""
        with self.connected("gateway") as connection:
            connection.execute(text("DELETE FROM limited_use"))

    def post(self, path: str, **more: Any) -> requests.Response:
        """The answer to a request about the first community of the demo."""
        return requests.post(f"{self.api}{path}", timeout=60, params={"community_id": COMMUNITY}, **more)
