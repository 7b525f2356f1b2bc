"""What is published, what is promised, and what is heard agree."""

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from chassis.messaging.contracts import Contract, Contracts
from chassis.messaging.topology import subscriptions_of
from gateway.service import GatewayService
from tests.architecture.tree import ROOT, SERVICES, module_files, python_files, syntax

TYPE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*\.v[1-9]\d*")


GATEWAY = "gateway"
PUBLISHERS = (*SERVICES, GATEWAY)


def folder_of(publisher: str) -> Path:
    return ROOT / publisher if publisher == GATEWAY else ROOT / "services" / publisher


def contracts_of(publisher: str) -> dict[str, Contract]:
    return {contract.type: contract for contract in Contracts(folder_of(publisher) / "contracts", publisher)}


ALL = {type_: contract for publisher in PUBLISHERS for type_, contract in contracts_of(publisher).items()}


def types_named_in(publisher: str) -> set[str]:
    if publisher == GATEWAY:
        files = python_files(":(glob)gateway/**/messages.py")
    else:
        files = tuple(file for name in ("messages", "use_cases", "workflow") for file in module_files(publisher, name))
    constants = (node for file in files for node in ast.walk(syntax(file)))
    return {c.value for c in constants if isinstance(c, ast.Constant) and isinstance(c.value, str) and TYPE.fullmatch(c.value)}


def service_class(service: str) -> Any:
    """The nameko class in services/<service>/service.py, known by its `name`."""
    module = import_module(f"services.{service}.service")
    return next(thing for thing in vars(module).values() if isinstance(thing, type) and vars(thing).get("name") == service)


def heard_by(service_class: Any) -> dict[str, set[str]]:
    """Contract types that the class's subscriptions take from the bus, wildcards resolved; by queue."""
    heard: dict[str, set[str]] = {}
    for method, subscription in subscriptions_of(service_class):
        queue = heard.setdefault(subscription.queue_of(service_class.name, method).name, set())
        for pattern in subscription.types:
            taken = {t for t, c in ALL.items() if c.source == subscription.source and _matches(pattern, t)}
            assert taken, f"{service_class.name} subscribes to {pattern} of {subscription.source}: no such message is promised"
            queue |= taken
    return heard


def _matches(pattern: str, routing_key: str) -> bool:
    words = {"*": r"[^.]+", "#": r".*"}
    return re.fullmatch(r"\.".join(words.get(word, re.escape(word)) for word in pattern.split(".")), routing_key) is not None


HEARD = {queue: types for one in (*map(service_class, SERVICES), GatewayService) for queue, types in heard_by(one).items()}


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_what_a_publisher_builds_is_what_it_promises(publisher: str) -> None:
    named = types_named_in(publisher)
    promised = set(contracts_of(publisher))
    assert promised - named == set(), "promised, and never built"
    assert named - set(ALL) == set(), "built or read, and promised by nobody"


@pytest.mark.parametrize("type_", sorted(ALL))
def test_consumers_listed_in_a_contract_are_those_that_subscribe(type_: str) -> None:
    assert ALL[type_].queues == {queue for queue, types in HEARD.items() if type_ in types}


@pytest.mark.parametrize("type_", sorted(ALL))
def test_a_contract_is_complete_and_its_examples_fit(type_: str) -> None:
    schema = ALL[type_].schema
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] and schema["description"] and schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert [name for name, field in schema["properties"].items() if "$ref" not in field and not field.get("description")] == []
    assert set(schema["required"]) <= set(schema["properties"])
    assert schema["examples"]
    for example in schema["examples"]:
        ALL[type_].check(example)


@pytest.mark.parametrize("service", SERVICES)
def test_readme_lists_what_a_service_says_and_hears(service: str) -> None:
    text = (folder_of(service) / "README.md").read_text()
    heard = set().union(*heard_by(service_class(service)).values())
    assert {type_ for type_ in set(contracts_of(service)) | heard if type_ not in text} == set()


def test_readme_of_the_gateway_lists_what_it_publishes() -> None:
    text = (folder_of(GATEWAY) / "README.md").read_text()
    assert contracts_of(GATEWAY)
    assert {type_ for type_ in contracts_of(GATEWAY) if type_ not in text} == set()
