"""`linli doctor` names each fault and what to do. Faults are injected; what needs no process is asked in this one."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from sqlalchemy import Engine, create_engine, make_url, text

from chassis import service_registry
from chassis.cli import doctor, doctor_broker_checks, doctor_checks, doctor_host_checks
from chassis.config import settings
from chassis.database.engine import transaction
from chassis.messaging import outbox
from chassis.observability.findings import Finding
from chassis.rpc import signing
from chassis.rpc.signing import SigningKey
from services.booking.bookings.messages import CONTRACTS
from tests.broker import PrivateNode, free_port
from tests.faults.proxy import IN, Proxy
from tests.patience import eventually

DatabaseOf = Callable[[str], Engine]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Settings of this process for this test: `setting(LINLI_SMTP_URL="smtp://…")`."""

    def set_(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield set_
    monkeypatch.undo()
    settings.cache_clear()


def wrong(findings: Any) -> list[Finding]:
    found = [finding for finding in findings if finding.state == "wrong"]
    assert all(finding.do for finding in found), "a fault without anything to do"
    return found


# --- databases ---


def test_a_message_that_does_not_leave(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    contract = CONTRACTS["booking.confirmed.v1"]
    before = datetime.now(UTC) - timedelta(minutes=10)
    with transaction(engine) as session:
        known: dict[str, Any] = {"aggregate_id": uuid4(), "version": 1, "community_id": "liuyi", "occurred_at": before}
        outbox.add(session, CONTRACTS.message(contract.type, data=contract.examples[0], **known))
    (finding,) = wrong(doctor_checks.check_database("booking", engine))
    assert finding.text.startswith("1 messages wait to be published, the oldest for 6")
    assert "booking.confirmed.v1" in finding.text
    assert "linli topology" in finding.do


def test_a_parked_message(database_of: DatabaseOf) -> None:
    engine = database_of("notify")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO inbox (consumer, event_id, state) VALUES ('c', gen_random_uuid(), 'parked')"))
    (finding,) = wrong(doctor_checks.check_database("notify", engine))
    assert (finding.text, "linli dead-letters list" in finding.do) == ("1 messages are parked", True)


def test_a_table_without_partitions_for_later_rows(database_of: DatabaseOf) -> None:
    engine = database_of("booking")
    assert wrong(doctor_checks.check_partitions("booking", engine)) == []
    with engine.begin() as connection:
        later = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'inbox'::regclass ORDER BY 1"
        for name in connection.scalars(text(later)).all()[1:]:
            if name != "inbox_default":
                connection.execute(text(f"DROP TABLE {name}"))
    (finding,) = wrong(doctor_checks.check_database("booking", engine))
    assert finding.text == "no partitions for later rows of: inbox"


def test_a_transaction_that_idles_and_who_waits_for_it(database_of: DatabaseOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_checks, "LONG_WAIT", 0.2)
    engine = database_of("booking")
    with engine.connect() as idle, ThreadPoolExecutor(1) as other:
        idle.execute(text("LOCK TABLE booking IN EXCLUSIVE MODE"))
        pid = idle.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        waiting = other.submit(_change_a_booking, engine)
        try:
            found = eventually(lambda: two if len(two := wrong(doctor_checks.check_locks("booking", engine))) == 2 else None)
        finally:
            idle.rollback()
            waiting.result()
    assert f"process {pid} of test is idle in a transaction" in found[0].text
    assert f"pg_terminate_backend({pid})" in found[0].do
    assert found[1].text.startswith("1 statements wait for a lock") and f"held by [{pid}]" in found[1].text
    assert wrong(doctor_checks.check_locks("booking", engine)) == []


def _change_a_booking(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE booking SET version = version"))


def test_a_migration_that_is_missing(postgres_url: str) -> None:
    empty = create_engine(postgres_url)
    (finding,) = wrong(doctor._of_database("cases", empty))
    empty.dispose()
    assert "migrations are missing" in finding.text
    assert finding.do == "linli migrate cases"


@pytest.mark.parametrize(
    ("change", "said", "do"),
    [
        ({"username": "nobody-of-this-name"}, "refuses us", "the user in LINLI_DATABASE_URL"),
        ({"database": "no_such_database"}, "refuses us", "create it"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "does not answer", "that the server runs"),
    ],
    ids=["wrong user", "no database", "down"],
)
def test_a_database_that_cannot_be_used(postgres_url: str, change: dict[str, Any], said: str, do: str) -> None:
    engine = create_engine(make_url(postgres_url).set(**change))
    (finding,) = wrong(doctor._of_database("booking", engine))
    assert said in finding.text
    assert do in finding.do


def test_a_wrong_password(postgres_url: str, tmp_path: Path) -> None:
    """On a server that asks for one: the embedded server lets its owner in without."""
    from chassis.embedded import postgres

    server = postgres.start(tmp_path / "postgres")
    admin = create_engine(postgres.url(server, "postgres"))
    with admin.begin() as connection:
        connection.execute(text("CREATE ROLE booking LOGIN PASSWORD 'right'"))
        rules = Path(connection.scalar(text("SHOW hba_file")))
        rules.write_text(f"local all booking scram-sha-256\n{rules.read_text()}")
        connection.execute(text("SELECT pg_reload_conf()"))
    url = make_url(postgres.url(server, "postgres")).set(username="booking", password="wrong")

    def refused() -> list[Finding]:
        engine = create_engine(url)
        try:
            return [finding for finding in wrong(doctor._of_database("booking", engine)) if "password" in finding.text]
        finally:
            engine.dispose()

    (finding,) = eventually(refused)
    assert "password authentication failed" in finding.text
    assert finding.do == "check user and password in LINLI_DATABASE_URL"
    assert "wrong" not in finding.text
    admin.dispose()
    server.cleanup()


# --- the broker ---


def test_a_broker_that_is_down(setting: Callable[..., None]) -> None:
    setting(LINLI_AMQP_URI="amqp://guest:guest@127.0.0.1:1//")
    (finding,) = wrong(doctor_broker_checks.check_broker())
    assert "the broker does not answer" in finding.text


def test_a_broker_that_answers_nothing(setting: Callable[..., None], vhost_uri: str) -> None:
    port = urlsplit(vhost_uri).port
    assert port
    proxy = Proxy(port)
    setting(LINLI_AMQP_URI=vhost_uri.replace(f":{port}/", f":{proxy.port}/"))
    try:
        with proxy.stalled(IN):
            (finding,) = wrong(doctor_broker_checks.check_broker())
    finally:
        proxy.close()
    assert "answer" in finding.text


def test_a_broker_that_refuses_the_password(setting: Callable[..., None], vhost_uri: str) -> None:
    parts = urlsplit(vhost_uri)
    setting(LINLI_AMQP_URI=parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}").geturl())
    (finding,) = wrong(doctor_broker_checks.check_broker())
    assert "the broker refuses us" in finding.text
    assert "LINLI_AMQP_URI" in finding.do


def test_a_broker_that_takes_nothing(setting: Callable[..., None], broker_to_break: PrivateNode) -> None:
    """Below its limit of free disk space; the limit is moved instead of the space."""
    control = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "--quiet", "set_disk_free_limit", "9000GB"]
    subprocess.run(control, env=broker_to_break._environment(), check=True, timeout=60)
    setting(LINLI_AMQP_URI=broker_to_break.broker.uri_of("/"))
    findings = wrong(doctor_broker_checks.check_broker())
    assert "it takes no messages: short of disk or memory" in [finding.text for finding in findings]


@pytest.mark.usefixtures("migrated")
def test_keys_that_differ_and_a_service_that_is_stuck(linli: Run, serve: Callable[..., Any], vhost_uri: str) -> None:
    key, another = signing.new_key(), signing.new_key()
    shared = {"LINLI_AMQP_URI": vhost_uri, "LINLI_VERIFY_KEYS": SigningKey(key).public}
    gateways = shared | {"LINLI_SIGNING_KEY": key}
    assert linli("topology", **shared).returncode == 0
    notify = serve("run", "notify", **shared)

    assert "answers calls" not in linli("doctor", **shared).stdout, "only the gateway may call"
    well = linli("doctor", **gateways)
    assert "answers calls" in well.stdout, well.stdout + well.stderr
    assert well.returncode == 0, well.stdout
    assert well.stdout.count("nobody takes calls to it") == len(set(service_registry.names()) - {"gateway", "notify"})

    others = {"LINLI_SIGNING_KEY": another, "LINLI_VERIFY_KEYS": SigningKey(another).public}
    other = linli("doctor", **(shared | others))
    assert other.returncode == 1
    assert "does not accept our signature" in other.stdout
    assert "set the same LINLI_VERIFY_KEYS everywhere" in other.stdout

    os.kill(notify.process.pid, signal.SIGSTOP)
    try:
        stuck = linli("doctor", **gateways)
    finally:
        os.kill(notify.process.pid, signal.SIGCONT)
    assert stuck.returncode == 1
    assert "does not answer calls" in stuck.stdout
    assert notify.stop() == 0


# --- around ---


@pytest.mark.parametrize(("free", "state"), [(0.5, "ok"), (0.08, "note"), (0.02, "wrong")])
def test_the_disk(free: float, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(total=10**12, free=int(free * 10**12))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    (finding,) = doctor_host_checks.check_disk()
    assert finding.state == state


class Gate:
    """Lets nobody in."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, auth_data: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)


@pytest.fixture
def smtp() -> Iterator[Controller]:
    controller = Controller(object(), port=free_port(), hostname="127.0.0.1", authenticator=Gate(), auth_require_tls=False)
    controller.start()
    yield controller
    controller.stop()


def test_smtp_that_answers(setting: Callable[..., None], smtp: Controller) -> None:
    setting(LINLI_SMTP_URL=f"smtp://127.0.0.1:{smtp.port}")
    assert [finding.state for finding in of_smtp()] == ["ok"]


def test_smtp_that_refuses_the_password(setting: Callable[..., None], smtp: Controller) -> None:
    setting(LINLI_SMTP_URL=f"smtp://linli:hush-hush@127.0.0.1:{smtp.port}")
    (finding,) = wrong(doctor_host_checks.check_services())
    assert "refuses us" in finding.text
    assert "hush" not in finding.text + finding.do


def test_smtp_that_is_unreachable(setting: Callable[..., None]) -> None:
    setting(LINLI_SMTP_URL="smtp://127.0.0.1:1")
    (finding,) = wrong(doctor_host_checks.check_services())
    assert "127.0.0.1:1 does not answer" in finding.text


def test_without_smtp_there_is_nothing_to_say(setting: Callable[..., None]) -> None:
    setting(LINLI_SMTP_URL="")
    assert of_smtp() == []


def of_smtp() -> list[Finding]:
    return [finding for finding in doctor_host_checks.check_services() if finding.what == "SMTP"]


def test_text_messages_that_go_nowhere(setting: Callable[..., None]) -> None:
    """The demo's sink is the default provider; outside the demo nobody can read it."""
    findings = {finding.what: finding.state for finding in doctor_host_checks.check_services()}
    assert findings == {"LINLI_SMS_PROVIDER": "note", "LINLI_SITE": "note"}
    setting(LINLI_SITE="https://linli.example")
    assert [finding.what for finding in doctor_host_checks.check_services()] == ["LINLI_SMS_PROVIDER"]
    setting(LINLI_DEMO="true")
    assert list(doctor_host_checks.check_services()) == []


class Unready(BaseHTTPRequestHandler):
    """A side port whose relay lags."""

    def do_GET(self) -> None:
        body = b'{"ok": false, "checks": [{"service": "booking", "check": "relay", "ok": false, "problem": "late"}]}'
        self.send_response(503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


def test_the_running_process_is_asked_too(setting: Callable[..., None]) -> None:
    server = HTTPServer(("127.0.0.1", 0), Unready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    setting(LINLI_SIDE_PORT=str(server.server_port))
    (finding,) = wrong(doctor_host_checks.check_process())
    server.shutdown()
    assert (finding.what, finding.text) == ("booking, running", "relay: late")


def test_a_process_that_does_not_run(setting: Callable[..., None]) -> None:
    setting(LINLI_SIDE_PORT="1")
    assert [finding.state for finding in doctor_host_checks.check_process()] == ["note"]
