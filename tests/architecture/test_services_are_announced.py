"""A service is named in files that no import reaches. A service that is missing in one of them runs, but only in part."""

import configparser
import re
import tomllib

import pytest
import yaml

from gateway.calls.interfaces import INTERFACES
from services.notify.service import NotifyService
from tests.architecture.tree import ROOT, SERVICES


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def import_contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read_string(_text(".importlinter"))
    return parser


@pytest.mark.parametrize("service", SERVICES)
def test_its_imports_are_checked(service: str, import_contracts: configparser.ConfigParser) -> None:
    assert f"services.{service}" in import_contracts["importlinter:contract:apart"]["modules"].split()
    assert f"services.{service}" in import_contracts[f"importlinter:contract:features-of-{service}"]["containers"].split()


@pytest.mark.parametrize("service", SERVICES)
def test_its_requirements_are_installed_where_it_migrates(service: str) -> None:
    extras = tomllib.loads(_text("pyproject.toml"))["project"]["optional-dependencies"]
    assert service in extras
    (migrate,) = extras["migrate"]
    assert service in re.split(r"[\[\],]", migrate)


@pytest.mark.parametrize("service", SERVICES)
def test_the_gateway_knows_its_interface_and_notify_feeds_its_messages(service: str) -> None:
    assert service in {interface.service for interface in INTERFACES}
    assert hasattr(NotifyService, f"feed_{service}"), "/messages/stream would never have its messages"


@pytest.mark.parametrize("service", SERVICES)
def test_it_has_a_database_in_compose(service: str) -> None:
    (loop,) = re.findall(r"^for service in (.+); do$", _text("deploy/postgres/10-services.sh"), re.MULTILINE)
    assert service in loop.split()
    assert f"LINLI_DB_PASSWORD_{service.upper()}" in _text(".env.example")


@pytest.mark.parametrize("service", SERVICES)
def test_an_alert_fires_when_nobody_serves_it(service: str) -> None:
    rules = [rule for group in yaml.safe_load(_text("deploy/observability/alerts.yml"))["groups"] for rule in group["rules"]]
    (gone,) = (rule["expr"] for rule in rules if rule.get("alert") == "LinliServiceGone")
    assert f'absent(linli_info{{service="{service}"}})' in gone


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
@pytest.mark.parametrize("service", SERVICES)
def test_the_readme_names_it(service: str, readme: str) -> None:
    assert f"`{service}`" in _text(readme) or f"`services/{service}`" in _text(readme)
