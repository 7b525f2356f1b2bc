"""A contract may share a part with others: it is merged in when the contract is read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.messaging.contracts import ContractBroken, Contracts, plain

SHARED = {
    "required": ["thing_id", "name"],
    "properties": {"thing_id": {"type": "string"}, "name": {"$ref": "#/$defs/name"}},
    "$defs": {"name": {"type": "string", "minLength": 1}},
    "examples": [{"thing_id": "t1", "name": "Thing"}],
}
MADE = {
    "title": "Thing made",
    "$ref": "_thing.json",
    "type": "object",
    "required": ["state"],
    "properties": {"state": {"const": "made"}, "thing_id": {"type": "string", "maxLength": 2}},
    "additionalProperties": False,
    "examples": [{"state": "made"}],
}


@pytest.fixture
def contracts(tmp_path: Path) -> Contracts:
    for name, schema in (("_thing", SHARED), ("thing.made.v1", MADE)):
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    return Contracts(tmp_path, source="things")


def test_a_shared_part_is_no_contract_of_its_own(contracts: Contracts) -> None:
    assert [contract.type for contract in contracts] == ["thing.made.v1"]
    assert contracts.shared_fields("_thing.json") == ["thing_id", "name"]


def test_what_is_read_refers_to_no_other_file(contracts: Contracts) -> None:
    schema = contracts["thing.made.v1"].schema
    assert schema["required"] == ["thing_id", "name", "state"]
    assert set(schema["properties"]) == {"thing_id", "name", "state"}
    assert "$ref" not in schema
    assert schema["examples"] == [{"thing_id": "t1", "name": "Thing", "state": "made"}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "made", "name": "Thing"},
        {"thing_id": "t1", "name": "Thing"},
        {"thing_id": "t1", "name": "", "state": "made"},
        {"thing_id": "too long", "name": "Thing", "state": "made"},
        {"thing_id": "t1", "name": "Thing", "state": "made", "more": 1},
    ],
)
def test_both_parts_are_checked(contracts: Contracts, wrong: dict[str, Any]) -> None:
    contract = contracts["thing.made.v1"]
    contract.check({"thing_id": "t1", "name": "Thing", "state": "made"})
    with pytest.raises(ContractBroken):
        contract.check(wrong)


def test_ids_and_times_travel_as_text() -> None:
    assert plain(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert plain(datetime(2026, 11, 26, 8, tzinfo=UTC)) == "2026-11-26T08:00:00+00:00"
    assert plain(None) is None and plain({"zh-CN": "名"}) == {"zh-CN": "名"}
