"""Which RabbitMQ the integration tests use: the first of these that this machine offers.

1. LINLI_TEST_AMQP_URI (with its management API, see `broker.given`)
2. the rabbitmq of docker-compose.yml on a Docker engine that has the image already: up in seconds
3. a private node of an installed rabbitmq-server: about 8 s, no Docker, no configuration
4. the same as 2 where the image must be pulled first, which takes longer than 30 s
5. on Debian and as root: rabbitmq-server installed by apt, then as 3
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests import debian
from tests.broker import SERVER

IMAGE = "rabbitmq:4-management"
NO_BROKER = f"""\
No RabbitMQ for the integration tests. Any one of these will do:
  * LINLI_TEST_AMQP_URI=amqp://user:password@host:5672, a broker with its management API (LINLI_TEST_AMQP_API)
  * a running Docker engine with Compose: the test starts {IMAGE} from docker-compose.yml itself
  * apt-get install rabbitmq-server, or the tests as root on Debian: they start a private node of it themselves"""


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


@cache
def compose_command() -> str | None:
    """`docker compose`, `docker-compose` (1.29), or None where no engine answers or neither is installed."""
    if not _works("docker", "info"):
        return None
    for command in ("docker compose", "docker-compose"):
        if _works(*command.split(), "version"):
            return command
    return None


def docker_has_image() -> bool:
    return compose_command() is not None and _works("docker", "image", "inspect", IMAGE)


def server_installed() -> bool:
    return Path(SERVER).exists() and shutil.which("erl") is not None


def install_server() -> None:
    """Where there is none yet, for as long as the machine lives. Raises RuntimeError naming all ways."""
    if not debian.can_install():
        raise RuntimeError(NO_BROKER)
    try:
        debian.install("rabbitmq-server")
    except RuntimeError as error:
        raise RuntimeError(f"{NO_BROKER}\n({error})") from error
    if not server_installed():
        raise RuntimeError(f"{NO_BROKER}\n(apt installed it, but {SERVER} is not there)")


def need_server() -> None:
    """For a test that kills the broker, and so needs a node of its own. Raises RuntimeError."""
    if not server_installed():
        install_server()


def way() -> str:
    """`given`, `docker` or `private`, after installing what that takes. Raises RuntimeError naming all ways."""
    if os.environ.get("LINLI_TEST_AMQP_URI"):
        return "given"
    if docker_has_image():
        return "docker"
    if server_installed():
        return "private"
    if compose_command() is not None:
        return "docker"
    install_server()
    return "private"
