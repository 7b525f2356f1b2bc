"""What we publish fits closed schemas, so that nothing leaves by mistake. The catalogue shows them open: a later version may
add fields, and who compiles the catalogue must be able to read it."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from chassis.cli.asyncapi import every_contract
from chassis.messaging.asyncapi import document
from chassis.messaging.contracts import Contract, ContractBroken

CONTRACTS = {contract.type: contract for contracts in every_contract() for contract in contracts}
SERVED = document(every_contract(), "1.2.3")["components"]["schemas"]


def grown(example: Any) -> Iterator[Any]:
    """`example` with a field that is not in its schema, once in each of its objects."""
    if isinstance(example, dict):
        yield example | {"added_in_a_later_version": "x"}
        for name, value in example.items():
            yield from (example | {name: inner} for inner in grown(value))
    if isinstance(example, list):
        for place, value in enumerate(example):
            yield from ([*example[:place], inner, *example[place + 1 :]] for inner in grown(value))


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_no_field_is_published_that_its_contract_does_not_name(contract: Contract) -> None:
    contract.check(contract.examples[0])
    with pytest.raises(ContractBroken, match="added_in_a_later_version"):
        contract.check(contract.examples[0] | {"added_in_a_later_version": 1})


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_a_subscriber_reads_a_message_with_fields_that_came_later(contract: Contract) -> None:
    served = {"$ref": f"#/components/schemas/{contract.type}", "components": {"schemas": SERVED}}
    validator = jsonschema_rs.Draft7Validator(served, validate_formats=True)
    for example in contract.examples:
        for later in grown(example):
            assert [error.message for error in validator.iter_errors(later)] == []


def test_what_is_no_object_with_fields_stays_as_strict() -> None:
    """Names in two languages, for instance: any language, and only text."""
    assert closed_objects(SERVED) == []
    maps = [node for node in nodes(SERVED) if isinstance(node.get("additionalProperties"), dict)]
    assert maps


def closed_objects(schema: Any) -> list[Any]:
    return [node for node in nodes(schema) if node.get("additionalProperties") is False]


def nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)
