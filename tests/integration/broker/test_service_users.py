"""A user per service on a real broker, with the rights of deploy/rabbitmq/definitions.json: the whole district works with them,
and each is refused what is not its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from amqp.exceptions import AccessRefused, NotAllowed
from kombu import Connection

from chassis import service_registry
from chassis.cli import doctor_broker_checks
from chassis.messaging import definitions
from chassis.rpc import signing
from tests import memory, outside_permissions, ways_to_a_broker
from tests.broker import PrivateNode, free_port, private_node
from tests.conftest import DatabaseOf
from tests.patience import eventually

ROOT = Path(__file__).parents[3]
LINLI = [sys.executable, "-m", "chassis.cli.main"]
SERVICES = service_registry.names()


def password_of(user: str) -> str:
    return f"{user}-has-its-own"


def definitions_with(password: Callable[[str], str]) -> dict[str, Any]:
    """The generated file, with hashes of passwords as start.sh puts them into it."""
    made = outside_permissions.definitions()
    for user in made["users"]:
        user["password_hash"] = definitions.password_hash(password(user["name"]))
    return made


@pytest.fixture(scope="module")
def node() -> Iterator[PrivateNode]:
    """A node with the definitions, and nothing else: no `linli topology` has run."""
    ways_to_a_broker.need_server()
    with memory.folder() as folder, private_node(folder) as node:
        requests.post(
            f"{node.broker.api}/api/definitions",
            json=definitions_with(password_of),
            auth=node.broker._credentials,
            timeout=60,
        ).raise_for_status()
        yield node


def uri_of(node: PrivateNode, user: str) -> str:
    return f"amqp://{user}:{password_of(user)}@127.0.0.1:{node.amqp_port}/{definitions.VHOST}"


@contextmanager
def connected(node: PrivateNode, user: str) -> Iterator[Connection]:
    with Connection(uri_of(node, user), transport_options={"confirm_publish": True}) as connection:
        yield connection


# --- what is refused ---


def publish(exchange: str, key: str) -> Callable[[Any], Any]:
    """Publish, and wait for the broker's confirm."""
    return lambda connection: connection.Producer().publish(b"{}", exchange=exchange, routing_key=key)


def get(queue: str) -> Callable[[Any], Any]:
    return lambda connection: connection.channel().basic_get(queue)


def spy(name: str, exchange: str, key: str) -> Callable[[Any], Any]:
    """Bind a queue of one's own."""

    def bind(connection: Any) -> None:
        channel = connection.channel()
        channel.queue_declare(name, exclusive=True)
        channel.queue_bind(name, exchange, key)

    return bind


OWN = "evt-{}--{}.spy-" + uuid4().hex
REFUSED = {
    "publish in the name of another": ("cases", publish("booking.events", "booking.confirmed.v1")),
    "publish to outside systems directly": ("cases", publish("district.events", "booking.confirmed.v1")),
    "send to a queue directly": ("cases", publish("", "evt-booking--notify.tell_of_booking.v1")),
    "put something into dead letters": ("cases", publish("dead-letters", "booking")),
    "send hints of another": ("cases", publish("notify.hints", "feed_grew")),
    "call a service": ("cases", publish("nameko-rpc", "booking.book_space")),
    "call itself": ("booking", publish("nameko-rpc", "booking.book_space")),
    "publish as the gateway": ("notify", publish("gateway.events", "community.changed.v1")),
    "publish for a service as the gateway": ("gateway", publish("booking.events", "booking.confirmed.v1")),
    "call what is no service": ("gateway", publish("nameko-rpc", "gateway.anything")),
    "read the queue of another": ("events", get("evt-booking--notify.tell_of_booking.v1")),
    "read calls to another": ("events", get("rpc-booking")),
    "read dead letters of another": ("events", get("dead-letters.booking")),
    "overhear calls": ("booking", spy(OWN.format("cases", "booking"), "nameko-rpc", "cases.*")),
    "overhear everything": ("booking", spy(OWN.format("cases", "booking"), "nameko-rpc", "#")),
    "overhear replies": ("booking", spy(OWN.format("cases", "booking"), "nameko-rpc", "*")),
    "hear calls as the gateway": ("gateway", spy("rpc.reply-" + uuid4().hex, "nameko-rpc", "booking.*")),
    "hear what it does not subscribe to": ("booking", spy(OWN.format("cases", "booking"), "cases.events", "#")),
    "hear more than it subscribes to": ("booking", spy(OWN.format("gateway", "booking"), "gateway.events", "#")),
    "take a name of another": ("booking", lambda c: c.channel().queue_declare("evt-cases--notify.spy")),
    "delete its own calls": ("booking", lambda c: c.channel().queue_delete("rpc-booking")),
    "delete a queue of another": ("cases", lambda c: c.channel().queue_delete("evt-booking--notify.tell_of_booking.v1")),
    "empty a queue of another": ("cases", lambda c: c.channel().queue_purge("evt-booking--notify.tell_of_booking.v1")),
    "delete an exchange": ("booking", lambda c: c.channel().exchange_delete("nameko-rpc")),
    "delete its own exchange": ("booking", lambda c: c.channel().exchange_delete("booking.events")),
    "touch outside systems": ("gateway", lambda c: c.channel().queue_declare("sub.org1.mine")),
    "touch outside systems as the deployment": ("linli", lambda c: c.channel().queue_declare("sub.org1.mine")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_service_is_refused_what_is_not_its_own(node: PrivateNode, what: str) -> None:
    user, attempt = REFUSED[what]
    with connected(node, user) as connection, pytest.raises(AccessRefused):
        attempt(connection)


ALLOWED = {
    "publish its own": ("booking", publish("booking.events", "booking.confirmed.v1")),
    "answer a call": ("booking", publish("nameko-rpc", uuid4().hex)),
    "look for an alarm": ("booking", publish("nameko-rpc", "nobody")),
    "read its calls": ("booking", get("rpc-booking")),
    "read its dead letters": ("booking", get("dead-letters.booking")),
    "call": ("gateway", publish("nameko-rpc", "booking.are_you_well")),
    "measure a queue of another": ("booking", lambda c: c.channel().queue_declare("rpc-cases", passive=True)),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_and_allowed_what_is(node: PrivateNode, what: str) -> None:
    user, attempt = ALLOWED[what]
    with connected(node, user) as connection:
        attempt(connection)


@pytest.mark.parametrize("user", ["guest", "booking", "org1"])
def test_nobody_gets_in_with_a_default_password(node: PrivateNode, user: str) -> None:
    uri = f"amqp://{user}:{'guest' if user == 'guest' else 'linli-local'}@127.0.0.1:{node.amqp_port}/linli"
    with pytest.raises((AccessRefused, NotAllowed)), Connection(uri) as connection:
        connection.connect()


# --- the doctor of one process ---


def test_the_doctor_of_a_process_takes_the_dead_letters_of_others_for_no_fault(
    node: PrivateNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All services are installed, the settings are those of one, as docs/install.md has it."""
    monkeypatch.setenv("LINLI_AMQP_URI", uri_of(node, "notify"))
    monkeypatch.setattr(signing, "may_sign", lambda: False)
    found = doctor_broker_checks.check_broker()
    assert [(one.state, one.what) for one in found if one.state == "wrong" or one.what == "broker"] == [("ok", "broker")]


# --- limits of outside systems ---


def test_queues_of_outside_systems_have_limits_and_ours_have_none(node: PrivateNode) -> None:
    with connected(node, "org1") as connection:
        channel = connection.channel()
        channel.queue_declare("sub.org1.long", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})

        def policy() -> dict[str, Any]:
            queue = node.broker.call("GET", "queues/linli/sub.org1.long")
            return dict(queue.get("effective_policy_definition") or {})

        assert eventually(policy, seconds=20) == {
            "max-length": 100_000,
            "max-length-bytes": 2**28,
            "message-ttl": 14 * 86_400_000,
            "expires": 14 * 86_400_000,
        }
        channel.queue_delete("sub.org1.long")
    ours = [queue for queue in node.broker.call("GET", "queues/linli") if not queue["name"].startswith("sub.")]
    assert len(ours) >= 20 and {queue.get("policy") for queue in ours} == {None}
    limits = node.broker.call("GET", "vhost-limits/linli")
    assert limits == [{"vhost": "linli", "value": {"max-queues": 1000}}]
    assert node.broker.call("GET", "user-limits/org1")[0]["value"] == {"max-connections": 10, "max-channels": 50}


# --- passwords ---


def test_a_password_changes_while_the_service_runs(node: PrivateNode) -> None:
    with connected(node, "cases") as running:
        running.connect()
        node.control("change_password", "cases", "the next one")
        publish("cases.events", "case.reported.v1")(running)  # the open connection stays
        with pytest.raises(AccessRefused), connected(node, "cases") as late:
            late.connect()
        changed = uri_of(node, "cases").replace(password_of("cases"), "the%20next%20one")
        with Connection(changed) as restarted:
            restarted.connect()
    node.control("change_password", "cases", password_of("cases"))


# --- the whole district ---


@pytest.fixture
def district_of_users(node: PrivateNode, database_of: DatabaseOf, tmp_path: Path) -> Iterator[str]:
    """URL of a district whose services are five processes, each with its own user at the broker and its own database. Only the
    gateway has the private key."""
    urls = {s: database_of(s).url.render_as_string(hide_password=False) for s in SERVICES}
    port, home = free_port(), tmp_path / "home"
    base = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")} | {
        "LINLI_HOME": str(home),
        "LINLI_DEMO": "true",
        "LINLI_SIDE_PORT": "0",
        "LINLI_PORT": str(port),
    }
    deployment = base | {f"LINLI_DATABASE_URL_{s.upper()}": url for s, url in urls.items()}
    deployment |= {"LINLI_AMQP_URI": uri_of(node, "linli"), "LINLI_SIGNING_HOME": str(tmp_path / "signing")}
    for command in ("migrate", "topology", "seed"):
        done = subprocess.run([*LINLI, command], cwd=ROOT, env=deployment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert not (home / "signing-key").exists()
    for queue in node.broker.queues("linli"):  # what the tests above have published
        node.broker.call("DELETE", f"queues/linli/{queue}/contents")
    with ExitStack() as stack:
        logs = []
        for service in SERVICES:
            own = base | {"LINLI_AMQP_URI": uri_of(node, service), "LINLI_DATABASE_URL": urls[service]}
            if service == "gateway":
                own["LINLI_SIGNING_HOME"] = str(tmp_path / "signing")
            log = tmp_path / f"{service}.log"
            logs.append(log)
            output = stack.enter_context(log.open("wb"))
            process = subprocess.Popen([*LINLI, "run", service], cwd=ROOT, env=own, stdout=output, stderr=output)
            stack.callback(_end, process)
        eventually(lambda: all(b'"serving"' in log.read_bytes() for log in logs), seconds=120)
        yield f"http://127.0.0.1:{port}"


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()


def test_a_day_goes_well_with_a_user_per_service(district_of_users: str, node: PrivateNode, tmp_path: Path) -> None:
    """Bookings, cases, club events, notifications, the stream, and an outside system on AMQP."""
    environment = os.environ | {"LINLI_URL": district_of_users, "LINLI_TOUR_AMQP_URI": uri_of(node, "org1")}
    tour = subprocess.run(
        [sys.executable, "-m", "tour"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )
    logs = {log.stem: log.read_text() for log in tmp_path.glob("*.log")}
    assert "The day went well" in tour.stdout, tour.stdout + tour.stderr + "".join(text[-2000:] for text in logs.values())
    for service, text in logs.items():
        refused = [line for line in text.splitlines() if "ACCESS_REFUSED" in line]
        assert refused == [], f"{service}: {refused[:3]}"
        warnings = [line for line in text.splitlines() if json.loads(line)["level"] in ("error", "critical")]
        assert warnings == [], f"{service}: {warnings[:3]}"
