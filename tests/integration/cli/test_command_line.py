"""The command line where nothing is running: help, wrong settings, problems that are explained."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_help_names_every_command(linli: Run) -> None:
    run = linli("--help")
    assert run.returncode == 0
    for command in (
        "up",
        "run",
        "migrate",
        "seed",
        "topology",
        "doctor",
        "config",
        "new-key",
        "renew",
        "dead-letters",
        "relay",
        "asyncapi",
        "tour",
    ):
        assert f"\n  {command} " in run.stdout


def test_every_command_can_be_loaded(linli: Run) -> None:
    script = """
import click
from chassis.cli.main import _COMMANDS, cli

context = click.Context(cli)
for name in _COMMANDS:
    cli.get_command(context, name).get_help(context)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_wrong_usage_is_code_2(linli: Run) -> None:
    assert linli("fly").returncode == 2
    assert linli("run", "kitchen").returncode == 2
    assert linli("run").returncode == 2


def test_a_wrong_setting_is_named_without_a_stack_trace(linli: Run) -> None:
    run = linli("migrate", LINLI_PORT="eighty")
    assert run.returncode == 1
    assert "LINLI_PORT" in run.stderr and "→" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unreachable_database_is_explained(linli: Run) -> None:
    run = linli("migrate", "booking", LINLI_DATABASE_URL="postgresql://nobody@127.0.0.1:1/{service}")
    assert run.returncode == 1
    assert run.stderr.startswith("linli: PostgreSQL does not answer")
    assert "Traceback" not in run.stderr


def test_demo_accounts_never_on_a_public_address(linli: Run) -> None:
    for command in (("up",), ("run", "gateway"), ("seed",)):
        run = linli(*command, LINLI_DEMO="true", LINLI_BIND="0.0.0.0")  # noqa: S104  refused
        assert run.returncode == 1
        assert "demo passwords are public" in run.stderr


def test_up_does_not_listen_to_others_in_the_demo(linli: Run) -> None:
    run = linli("up", LINLI_DEMO="true", LINLI_BIND="0.0.0.0", LINLI_PUBLIC_ADDRESS="127.0.0.1")  # noqa: S104  refused
    assert run.returncode == 1
    assert "0.0.0.0 can be reached by others" in run.stderr


def test_a_container_listens_to_all_and_is_published_to_none(linli: Run) -> None:
    inside = {"LINLI_DEMO": "true", "LINLI_BIND": "0.0.0.0", "LINLI_PUBLIC_ADDRESS": "127.0.0.1"}  # noqa: S104
    for command in (("run", "gateway"), ("seed",)):
        run = linli(*command, LINLI_DATABASE_URL="postgresql://nobody@127.0.0.1:1/{service}", **inside)
        assert "demo passwords" not in run.stderr
        assert run.stderr.startswith("linli: PostgreSQL does not answer")


def test_no_demo_behind_a_proxy(linli: Run) -> None:
    """The proxy of docker-compose.yml is the only one that a container may have."""
    for command, proxies in ((("up",), "1"), (("run", "gateway"), "2")):
        run = linli(*command, LINLI_DEMO="true", LINLI_PROXIES=proxies)
        assert run.returncode == 1
        assert "a proxy stands in front (LINLI_PROXIES)" in run.stderr


def test_nothing_starts_with_a_default_password_outside_the_demo(linli: Run) -> None:
    uri = "amqp://booking:linli-local@127.0.0.1:1/linli"
    for command in (("up",), ("run", "booking")):
        run = linli(*command, LINLI_DEMO="false", LINLI_AMQP_URI=uri)
        assert run.returncode == 1
        assert "LINLI_AMQP_URI has a default password" in run.stderr
        assert "linli-local" not in run.stderr and "Traceback" not in run.stderr
    found = linli("doctor", LINLI_DEMO="false", LINLI_AMQP_URI=uri)
    assert found.returncode == 1
    assert "LINLI_AMQP_URI" in found.stdout and "default password" in found.stdout


def test_a_key_that_no_service_would_accept_stops_the_gateway(linli: Run, migrated: None) -> None:
    key, other = (re.findall("=(.*)", linli("new-key", "signing").stdout) for _ in range(2))
    run = linli("run", "gateway", LINLI_SIGNING_KEY=key[0], LINLI_VERIFY_KEYS=other[1])
    assert run.returncode == 1
    assert f"{key[1]}, is not in LINLI_VERIFY_KEYS" in run.stderr
    assert key[0] not in run.stderr and "Traceback" not in run.stderr


def test_new_keys_are_printed_for_their_settings(linli: Run) -> None:
    settings = {"signing": ["LINLI_SIGNING_KEY", "LINLI_VERIFY_KEYS"], "encryption": ["LINLI_ENCRYPTION_KEYS"]}
    settings |= {"index": ["LINLI_INDEX_KEYS"], "secret": ["LINLI_SECRET"]}
    for kind, names in settings.items():
        printed = dict(line.split("=", 1) for line in linli("new-key", kind).stdout.splitlines())
        assert list(printed) == names
        doctor = linli("config", **printed)
        assert doctor.returncode == 0


def test_the_definitions_of_the_broker_need_every_password(linli: Run) -> None:
    passwords = {f"LINLI_AMQP_{user}PASSWORD": "p" for user in ("", "ADMIN_", "BOOKING_", "CASES_", "EVENTS_", "NOTIFY_")}
    missing = linli("topology", "--definitions", **passwords)
    assert missing.returncode == 1 and "LINLI_AMQP_GATEWAY_PASSWORD is not set" in missing.stderr
    made = json.loads(linli("topology", "--definitions", **passwords, LINLI_AMQP_GATEWAY_PASSWORD="p").stdout)
    hashes = [user["password_hash"] for user in made["users"]]
    assert len(set(hashes)) == len(hashes) == 7, "salted"


def test_seeding_needs_the_demo(linli: Run) -> None:
    assert "LINLI_DEMO=true" in linli("seed").stderr


def test_a_taken_port_is_said_before_anything_starts(linli: Run, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = linli("up", LINLI_PORT=str(port))
    assert run.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in run.stderr
    assert not (tmp_path / "home" / "postgres").exists()


def test_topology_of_the_embedded_broker_is_nobodys_business(linli: Run) -> None:
    assert "embedded broker lives inside" in linli("topology").stderr


def test_an_unreachable_broker_is_explained(linli: Run) -> None:
    run = linli("topology", LINLI_AMQP_URI="amqp://127.0.0.1:1//")
    assert run.returncode == 1
    assert "the broker does not answer" in run.stderr
    assert "Traceback" not in run.stderr


def test_openapi_needs_nothing(linli: Run) -> None:
    run = linli("openapi")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["openapi"].startswith("3.1")


def test_asyncapi_needs_nothing(linli: Run) -> None:
    assert json.loads(linli("asyncapi").stdout)["asyncapi"] == "3.0.0"


def test_config_shows_no_secret(linli: Run) -> None:
    run = linli("config", LINLI_SECRET="hush-hush")
    assert "LINLI_DRAIN_TIMEOUT" in run.stdout
    assert "hush" not in run.stdout


def test_a_process_loads_the_code_of_its_own_services_only(tmp_path: Path) -> None:
    """Also for the demo, whose start asks whether a proxy stands in front of the gateway."""
    script = """
import atexit, sys
from chassis.cli.main import main

others = ("gateway.accounts", "gateway.demo", "services.cases.base", "services.events.base", "services.notify.base")
atexit.register(lambda: print([name for name in sys.modules if name in others], "services.booking.service" in sys.modules))
sys.argv = ["linli", "run", "booking"]
main()
"""
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/{service}"
    environment = {**os.environ, "LINLI_DEMO": "true", "LINLI_HOME": str(tmp_path), "LINLI_DATABASE_URL": nowhere}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert run.stdout.splitlines()[-1] == "[] True", (run.stdout, run.stderr)
