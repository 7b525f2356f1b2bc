"""docker-compose.yml for real: built, started, used, scaled, broken; wherever a Docker engine answers."""

import json
import tomllib
from typing import Any

import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.compose.project import ENGINE, NO_ENGINE, ROOT, SERVICES, District, docker
from tests.patience import eventually

pytestmark = pytest.mark.skipif(not ENGINE, reason=NO_ENGINE)
# What some other deployable asks for by name, and is here because nameko, alembic, psycopg, Flask or icalendar bring it.
NEEDED_BY_LIBRARIES = {"pyyaml", "requests", "urllib3", "tzdata", "jinja2", "babel", "python-dateutil", "numpy"}


def test_every_service_becomes_healthy(district: District) -> None:
    for service in (*SERVICES, "postgres", "rabbitmq", "nginx"):
        assert eventually(lambda service=service: district.healthy(service), seconds=120, every=0.5)


def test_the_day_at_the_centre_goes_well(district: District) -> None:
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr


def test_nobody_starts_before_what_they_need(district: District) -> None:
    """Compose's own times: the migration ends before any service starts, the gateway is up before nginx."""
    (migrate,) = (district.inspect(one)["State"] for one in district.compose("ps", "-aq", "migrate").split())
    assert (migrate["Status"], migrate["ExitCode"]) == ("exited", 0)
    started = {name: district.inspect(district.containers(name)[0])["State"]["StartedAt"] for name in (*SERVICES, "nginx")}
    assert all(migrate["FinishedAt"] <= started[service] for service in SERVICES)
    assert started["gateway"] <= started["nginx"]


def requirements_of(extra: str) -> set[str]:
    """Names of the distributions that pyproject.toml asks for in an extra; `chassis` for everybody."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"] if extra == "chassis" else project["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(one).name) for one in asked}


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_what_its_service_needs_and_nothing_of_the_others(district: District, service: str) -> None:
    """`others` may be there all the same where a library of ours needs them itself."""
    container = district.containers(service)[0]
    listed = "from importlib.metadata import distributions; print(*{d.name for d in distributions()})"
    held = {canonicalize_name(name) for name in docker("exec", container, "python", "-c", listed).split()}
    print(f"\n{service}: {len(held)} packages: {' '.join(sorted(held))}")
    own = requirements_of("chassis") | requirements_of(service) | requirements_of("telemetry")
    others = {one for extra in (*SERVICES, "embedded", "tour", "dev") for one in requirements_of(extra)} - own - {"linli"}
    assert own <= held
    assert held & others - NEEDED_BY_LIBRARIES == set()
    code = docker("exec", container, "sh", "-c", "cd /opt/linli/app; ls -d gateway services/[a-z]*/[a-z]*/ 2>&-; true").split()
    if service == "gateway":  # it knows the services by their interfaces alone
        assert code == ["gateway", *(f"services/{name}/interface/" for name in sorted(SERVICES) if name != "gateway")]
    else:
        assert code and {part.split("/")[1] for part in code} == {service}


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_nobody_and_writes_nothing(district: District, service: str) -> None:
    container = district.containers(service)[0]
    assert docker("exec", container, "id", "-u").strip() == "10001"
    write = "for at in / /opt/linli /opt/linli/app /var/lib/linli; do touch $at/x 2>/dev/null && echo $at; done; touch /tmp/x"
    assert docker("exec", container, "sh", "-c", write).split() == []
    assert district.inspect(container)["HostConfig"]["ReadonlyRootfs"] is True


@pytest.mark.parametrize("service", SERVICES)
def test_the_private_key_of_calls_is_where_calls_are_made(district: District, service: str) -> None:
    container = district.containers(service)[0]
    key = docker("exec", container, "sh", "-c", "cat /var/lib/linli/signing-key /var/lib/linli-signing/* 2>&-; true")
    assert bool(key.strip()) is (service == "gateway")
    assert docker("exec", container, "cat", "/var/lib/linli/verify-keys").strip()


def test_the_broker_has_hashes_of_passwords_only(district: District) -> None:
    (rabbitmq,) = district.containers("rabbitmq")
    definitions = docker("exec", rabbitmq, "cat", "/etc/rabbitmq/linli/definitions.json")
    assert "linli-local" not in definitions and "@LINLI" not in definitions
    assert set(SERVICES) < {user["name"] for user in json.loads(definitions)["users"]}


def test_the_demo_answers_nobody_who_comes_by_another_name(district: District) -> None:
    """As through a proxy of somebody's own."""
    refused = requests.get(f"{district.url}/api/v1/spaces", headers={"Host": "linli.example.cn"}, timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (403, "demo_in_public")
    assert requests.get(f"{district.url}/api/v1/communities", timeout=10).ok


def test_more_replicas_share_the_work(district: District) -> None:
    district.scale()
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr


def test_a_crashed_replica_comes_back_by_itself_and_the_others_carry_on(district: District) -> None:
    victim = district.containers("booking")[0]
    before = district.inspect(victim)
    crash(before)
    tour = district.tour()
    assert tour.returncode == 0, tour.stdout + tour.stderr
    eventually(lambda: district.healthy("booking", 3), seconds=120, every=0.5)
    after = district.inspect(victim)
    assert after["RestartCount"] == before["RestartCount"] + 1


def crash(container: dict[str, Any]) -> None:
    """SIGKILL from outside its own namespace, as the kernel would: `docker kill` counts as a wish to stop it."""
    kill = f"import os; os.kill({container['State']['Pid']}, 9)"
    docker("run", "--rm", "--pid", "host", "--user", "0", container["Config"]["Image"], "python", "-c", kill)


def test_nginx_passes_ids_and_refuses_in_the_gateways_words(district: District) -> None:
    answer = requests.get(f"{district.url}/livez", headers={"X-Request-Id": "tour-0123456789"}, timeout=10)
    assert answer.headers.get("X-Request-Id") == "tour-0123456789"
    large = requests.post(f"{district.url}/api/v1/photos", data=b"x" * 23_000_000, timeout=30)
    assert large.status_code == 413
    assert large.headers["Content-Type"].startswith("application/problem+json")
    assert (large.json()["status"], large.json()["code"]) == (413, "too_large")
    assert large.json()["correlation_id"] == large.headers["X-Request-Id"]
