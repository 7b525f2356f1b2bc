"""A real RabbitMQ for tests, wherever one can be had; `tests/conftest.py` picks the way.

Whatever the way, a `Broker` is driven through its management API: a virtual host takes milliseconds there, and
seconds through `rabbitmqctl`.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from chassis.messaging.broker import CONNECTION_LOST, connected
from tests.patience import eventually

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # Debian's script, without the wrapper that insists on its own user
CONTROL = "/usr/lib/rabbitmq/bin/rabbitmqctl"
USER = "linli-tests"
# What raises an alarm of a private node, and what ends it, by the resource that it is short of.
SHORT_OF = {
    "memory": ("set_vm_memory_high_watermark", "0.00001"),
    "disk": ("set_disk_free_limit", "900000GB"),
}
ENOUGH = {
    "memory": ("set_vm_memory_high_watermark", "absolute", "1GB"),
    "disk": ("set_disk_free_limit", "50MB"),
}


@dataclass(frozen=True, slots=True)
class Broker:
    """`amqp_uri` has no virtual host; `api` is the management API's address, without credentials."""

    amqp_uri: str
    api: str

    @property
    def _credentials(self) -> tuple[str, str]:
        parts = urlsplit(self.amqp_uri)
        return parts.username or "guest", parts.password or "guest"

    def call(self, method: str, path: str, **body: Any) -> Any:
        """JSON answer of `/api/<path>`, None where there is no content. Raises requests.HTTPError for a refusal."""
        answer = requests.request(method, f"{self.api}/api/{path}", json=body or None, auth=self._credentials, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def ready(self) -> bool:
        """Both doors answer. RabbitMQ opens the one for AMQP some milliseconds after its management API; before that, Docker's
        proxy takes connections on the published port and resets them."""
        try:
            self.call("GET", "health/checks/virtual-hosts")
            connected(self.uri_of("/"), heartbeat=0).release()
        except (requests.RequestException, *CONNECTION_LOST):
            return False
        return True

    def uri_of(self, vhost: str) -> str:
        return f"{self.amqp_uri.rstrip('/')}/{quote(vhost, safe='')}"

    def create_vhost(self, name: str) -> str:
        """AMQP URI of a new virtual host, on which the broker's user may do everything."""
        self.call("PUT", f"vhosts/{quote(name, safe='')}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.call("PUT", f"permissions/{quote(name, safe='')}/{quote(self._credentials[0])}", **everything)
        return self.uri_of(name)

    def delete_vhost(self, name: str) -> None:
        self.call("DELETE", f"vhosts/{quote(name, safe='')}")

    def queues(self, vhost: str) -> dict[str, dict[str, Any]]:
        """The queues of `vhost` by name, as the management API describes them."""
        return {queue["name"]: queue for queue in self.call("GET", f"queues/{quote(vhost, safe='')}?disable_stats=true")}


@contextmanager
def vhost(broker: Broker) -> Iterator[str]:
    """AMQP URI of a virtual host that goes away with the block."""
    name = f"test-{secrets.token_hex(6)}"
    yield broker.create_vhost(name)
    broker.delete_vhost(name)


def given(amqp_uri: str) -> Broker:
    """The broker of LINLI_TEST_AMQP_URI. Its management API is LINLI_TEST_AMQP_API, or port 15672 of the same host."""
    parts = urlsplit(amqp_uri)
    api = os.environ.get("LINLI_TEST_AMQP_API", f"http://{parts.hostname}:15672")
    broker = Broker(parts._replace(path="").geturl(), api.rstrip("/"))
    if not broker.ready():
        raise RuntimeError(f"LINLI_TEST_AMQP_URI is set, but no management API answers at {api} (LINLI_TEST_AMQP_API)")
    return with_own_user(broker)


def with_own_user(broker: Broker) -> Broker:
    """The same broker for a user of this run. Outside the demo no service takes a default password, such as that of `guest`."""
    name, password = f"{USER}-{secrets.token_hex(4)}", secrets.token_hex(8)
    broker.call("PUT", f"users/{name}", password=password, tags="administrator")
    broker.call("PUT", f"permissions/%2F/{name}", configure=".*", write=".*", read=".*")
    parts = urlsplit(broker.amqp_uri)
    return Broker(parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port or 5672}").geturl(), broker.api)


@dataclass
class PrivateNode:
    """A node of our own: free ports, its own folder, name, cookie, home and epmd, so nothing on the machine is touched.
    What is in it survives `kill()` and `start()`."""

    folder: Path
    amqp_port: int = field(default_factory=lambda: free_port())
    api_port: int = field(default_factory=lambda: free_port())
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def broker(self) -> Broker:
        return Broker(f"amqp://{USER}:{self.password}@127.0.0.1:{self.amqp_port}", f"http://127.0.0.1:{self.api_port}")

    def start(self) -> Broker:
        """About 7 s. Raises RuntimeError with the node's last words if it does not come up."""
        environment = self._environment()
        epmd = shutil.which("epmd") or "epmd"
        with (self.folder / "output").open("ab") as output:
            for command in ([epmd, "-address", "127.0.0.1"], [SERVER]):
                self._processes.append(
                    subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
                )
        try:
            eventually(self._up, seconds=90)
        except AssertionError as error:
            self.kill()
            raise RuntimeError(f"rabbitmq-server did not start:\n{self._last_words()}") from error
        return self.broker

    def kill(self) -> None:
        """SIGKILL, as a crash would: the launcher, its beam and our epmd. Each leads a process group of its own."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes.clear()

    def control(self, *command: str) -> None:
        """Run `rabbitmqctl`. Takes about 2 s. Raises RuntimeError with what it says if it fails."""
        done = subprocess.run([CONTROL, *command], env=self._environment(), capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {' '.join(command)}: {done.stdout}{done.stderr}")

    @contextmanager
    def alarm(self, resource: str) -> Iterator[None]:
        """The node is short of `memory` or `disk` in the block, and has raised its alarm when the block begins."""
        self.control(*SHORT_OF[resource])
        try:
            eventually(lambda: self._alarmed(), seconds=30)
            yield
        finally:
            self.control(*ENOUGH[resource])
            eventually(lambda: not self._alarmed(), seconds=30)

    def _alarmed(self) -> bool:
        try:
            self.broker.call("GET", "health/checks/alarms")
        except requests.HTTPError:  # 503
            return True
        return False

    def _up(self) -> bool:
        if any(process.poll() is not None for process in self._processes):
            self.kill()
            raise RuntimeError(f"rabbitmq-server stopped while starting:\n{self._last_words()}")
        return self.broker.ready()

    def _last_words(self) -> str:
        return "\n".join((self.folder / "output").read_text(errors="replace").splitlines()[-30:])

    def _environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (config := self.folder / "rabbitmq.conf").exists():
            self._epmd_port, self._distribution_port = free_port(), free_port()
            config.write_text(
                f"listeners.tcp.1 = 127.0.0.1:{self.amqp_port}\n"
                f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {self.api_port}\n"
                "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\n"
                f"default_user = {USER}\ndefault_pass = {self.password}\n"
                "log.console = false\nlog.file.level = warning\n"
            )
            (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
            (self.folder / "rabbitmq-env.conf").touch()
        own = {
            "HOME": str(self.folder),  # where Erlang keeps the cookie
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"linli-test-{self.amqp_port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
        return kept | own


@contextmanager
def private_node(folder: Path) -> Iterator[PrivateNode]:
    """A started node with its files in `folder`; it is gone after the block."""
    node = PrivateNode(folder)
    try:
        node.start()
        yield node
    finally:
        node.kill()


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
