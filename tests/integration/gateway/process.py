"""A gateway as a process, beside a service, with RabbitMQ between them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from tests.broker import free_port
from tests.patience import eventually

ROOT = Path(__file__).parents[3]


@contextmanager
def running(databases: Mapping[str, Engine], vhost_uri: str, folder: Path, **variables: str) -> Iterator[str]:
    """URL of the API of a gateway that runs beside the other services of `databases` (by name). All are killed at the end."""
    port = free_port()
    urls = {f"LINLI_DATABASE_URL_{name.upper()}": e.url.render_as_string(False) for name, e in databases.items()}
    environment = os.environ | urls | {"LINLI_AMQP_URI": vhost_uri, "LINLI_PORT": str(port), "LINLI_SIDE_PORT": "0"}
    environment |= {"LINLI_HOME": str(folder)} | variables
    log, linli = folder / "log", [sys.executable, "-m", "chassis.cli.main"]
    subprocess.run([*linli, "topology"], cwd=ROOT, env=environment, capture_output=True, timeout=60, check=True)
    with log.open("wb") as output:
        process = subprocess.Popen([*linli, "run", *databases], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        eventually(lambda: b'"serving"' in log.read_bytes() or process.poll() is not None, seconds=60)
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        process.kill()
        process.wait()
