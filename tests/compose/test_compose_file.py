"""What docker-compose.yml must say, checked without an engine. test_district.py runs it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import service_registry
from tests import outside_permissions

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {"migrate", *service_registry.names()}


def test_the_file_suits_both_generations_of_compose() -> None:
    assert "name" not in FILE
    assert "version" not in FILE
    assert not any("container_name" in service for service in SERVICES.values()), "no more than one could be started"


def test_only_nginx_is_published_and_only_on_loopback_by_default() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"nginx"}
    assert SERVICES["nginx"]["ports"] == ["${LINLI_BIND:-127.0.0.1}:${LINLI_PORT:-8080}:8080"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_bounded_and_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period", "restart"} <= set(service)


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_need_no_writable_root_and_no_capability(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert "cap_add" not in SERVICES[name]
    assert "user" not in SERVICES[name], "the image's own"


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_services_start_after_the_migration_and_stop_after_their_drain(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES[name]["build"]["args"] == {"SERVICE": name}
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 25, "LINLI_DRAIN_TIMEOUT"


def test_a_service_knows_its_own_database_only() -> None:
    for name in OURS - {"migrate"}:
        urls = {key: value for key, value in SERVICES[name]["environment"].items() if "DATABASE" in key}
        assert set(urls) == {"LINLI_DATABASE_URL"}
        assert urls["LINLI_DATABASE_URL"].endswith(f"@postgres:5432/{name}")


def test_a_service_has_a_user_of_its_own_at_the_broker() -> None:
    for name in OURS - {"migrate"}:
        password = f"${{LINLI_AMQP_{name.upper()}_PASSWORD:-linli-local}}"
        assert SERVICES[name]["environment"]["LINLI_AMQP_URI"] == f"amqp://{name}:{password}@rabbitmq:5672/linli"
        assert SERVICES["rabbitmq"]["environment"][f"LINLI_AMQP_{name.upper()}_PASSWORD"] == password


def test_the_broker_gets_the_password_of_every_user() -> None:
    users = outside_permissions.definitions()["users"]
    assert {f"@{name}@" for name in SERVICES["rabbitmq"]["environment"]} == {user["password_hash"] for user in users}


def test_the_gateway_alone_has_the_private_key_of_calls() -> None:
    with_key = {name for name, service in SERVICES.items() if "LINLI_SIGNING_KEY" in service.get("environment", {})}
    with_folder = {name for name, service in SERVICES.items() if "signing:" in str(service.get("volumes"))}
    assert (with_key, with_folder) == ({"gateway"}, {"gateway", "migrate"})


def test_every_dependency_can_say_that_it_is_ready() -> None:
    images_with_their_own = OURS  # HEALTHCHECK in the Dockerfile
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed] or needed in images_with_their_own, f"{name} waits for {needed}"


def test_the_example_lists_every_variable_with_its_default() -> None:
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", TEXT))
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example == used
    assert re.findall(r"\$\{[A-Z_]+\}", TEXT) == [], "a variable without a default"


def test_every_mounted_file_is_there() -> None:
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith("./")]
    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []
