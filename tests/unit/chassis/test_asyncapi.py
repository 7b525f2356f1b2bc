"""The catalogue of messages is a valid AsyncAPI 3 document, and says what really goes over the wire.

asyncapi-3.0.0.json is the specification's own JSON Schema (npm @asyncapi/specs, Apache-2.0), minified. Where Node and
@asyncapi/parser are there (LINLI_TEST_ASYNCAPI_PARSER names the folder of its node_modules), it is asked as well.
"""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import jsonschema_rs
import orjson
import pytest

from chassis.cli.asyncapi import every_contract
from chassis.messaging.asyncapi import document
from chassis.messaging.contracts import Contracts
from chassis.messaging.epochs import Epochs
from chassis.messaging.relay import cloud_event_headers

SPECIFICATION = Path(__file__).with_name("asyncapi-3.0.0.json")


@pytest.fixture(scope="module")
def published() -> Any:
    return document(every_contract(), "1.2.3")


def test_it_is_valid(published: Any) -> None:
    validator = jsonschema_rs.Draft7Validator(orjson.loads(SPECIFICATION.read_bytes()))
    assert [f"{list(e.instance_path)}: {e.message[:200]}" for e in validator.iter_errors(published)] == []


def test_the_validator_would_notice(published: Any) -> None:
    validator = jsonschema_rs.Draft7Validator(orjson.loads(SPECIFICATION.read_bytes()))
    broken = orjson.loads(orjson.dumps(published))
    next(iter(broken["operations"].values()))["action"] = "shout"
    assert not validator.is_valid(broken)


def test_every_contract_is_in_it(published: Any) -> None:
    types = {contract.type for contracts in every_contract() for contract in contracts}
    assert {"booking.confirmed.v1", "case.reported.v1", "registration.promoted.v1", "notification.sent.v1"} <= types
    assert set(published["channels"]) == set(published["components"]["messages"]) == types


def test_the_description_has_examples_of_routing_keys(published: Any) -> None:
    description = published["info"]["description"]
    types = {contract.type for contracts in every_contract() for contract in contracts}
    subject, type_, shared = re.findall(r"\(`(.+?)`\)", description)
    assert type_ in types
    assert any(fnmatch(each, subject.replace("#", "*")) for each in types)
    assert len({each.partition(".")[0] for each in types if fnmatch(each, shared)}) > 1


def test_who_says_and_who_hears(published: Any) -> None:
    operations = published["operations"]
    assert operations["booking.send.booking.confirmed.v1"]["action"] == "send"
    assert operations["notify.receive.booking.confirmed.v1"]["action"] == "receive"


def test_every_reference_leads_somewhere(published: Any) -> None:
    references = list(_references(published))
    assert len(references) > 50
    for reference in references:
        node = published
        for part in reference.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]


def test_examples_fit_their_schemas(published: Any) -> None:
    schemas = published["components"]["schemas"]
    headers = jsonschema_rs.Draft7Validator(schemas["CloudEvent"], validate_formats=True)
    for name, message in published["components"]["messages"].items():
        payload = jsonschema_rs.Draft7Validator(
            {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}, validate_formats=True
        )
        assert message["examples"], name
        for example in message["examples"]:
            payload.validate(example["payload"])
            headers.validate(example["headers"])
            assert example["headers"]["ce-type"] == name


def test_the_headers_are_those_that_the_relay_sends(published: Any) -> None:
    row = SimpleNamespace(
        seq=7,
        headers={"correlation-id": "abc"},
        event_id=uuid4(),
        type="booking.confirmed.v1",
        occurred_at=datetime.now(UTC),
        aggregate_id=uuid4(),
        version=3,
        community_id="liuyi",
    )
    sent: Any = cloud_event_headers("booking", row, Epochs([0]))  # type: ignore[arg-type]  # a row of the outbox
    schema = published["components"]["schemas"]["CloudEvent"]
    jsonschema_rs.Draft7Validator(schema, validate_formats=True).validate(sent)
    assert set(sent) - {"correlation-id"} == set(schema["required"])


def test_definitions_of_a_contract_move_with_it(tmp_path: Path) -> None:
    schema = {
        "title": "t",
        "description": "d",
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/name"}},
        "$defs": {"name": {"type": "string"}},
        "examples": [{"a": "x"}],
    }
    (tmp_path / "thing.done.v1.json").write_bytes(orjson.dumps(schema))
    moved = document([Contracts(tmp_path, "thing")], "1")["components"]["schemas"]["thing.done.v1"]
    assert moved["properties"]["a"] == {"$ref": "#/components/schemas/thing.done.v1/definitions/name"}
    assert moved["definitions"] == {"name": {"type": "string"}}


@pytest.mark.skipif(
    not (os.environ.get("LINLI_TEST_ASYNCAPI_PARSER") and shutil.which("node")), reason="no Node with @asyncapi/parser"
)
def test_asyncapis_own_parser_takes_it(published: Any, tmp_path: Path) -> None:
    file = tmp_path / "asyncapi.json"
    file.write_bytes(orjson.dumps(published))
    script = """
        const { Parser } = require('@asyncapi/parser');
        new Parser().parse(require('fs').readFileSync(process.argv[1], 'utf8')).then(({ document, diagnostics }) => {
          console.log(JSON.stringify(diagnostics.filter(d => d.severity < 2)));
          process.exit(document ? 0 : 1);
        });
    """
    folder = os.environ["LINLI_TEST_ASYNCAPI_PARSER"]
    environment = os.environ | {"NODE_PATH": f"{folder}/node_modules"}
    run = subprocess.run(["node", "-e", script, file], env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def _references(node: Any) -> Any:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
