"""What cases promises to publish, and that it says no more than that."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from chassis.messaging.contracts import ContractBroken, Message
from services.cases.cases.messages import CONTRACTS, case_stepped
from services.cases.cases.models import Case
from services.cases.interface.workflow import TABLE
from tests.unit.cases.people import case_of, person
from tests.unit.cases.test_case import CLERK, HANDLER, REPORTER, SUPERVISOR, in_state, take

SECRET = "王秀英住在三号楼，电话19900000001"
TYPES = sorted(
    contract.type for contract in CONTRACTS if contract.type != "cases.account_erased.v1"
)  # tests/contracts/test_erasure.py
FROM = {
    "accept": ("reported", CLERK),
    "decline": ("reported", CLERK),
    "dispatch": ("accepted", CLERK),
    "hand_over": ("dispatched", CLERK),
    "return": ("dispatched", HANDLER),
    "settle": ("dispatched", HANDLER),
    "close": ("settled", REPORTER),
    "reopen": ("closed", SUPERVISOR),
    "object": ("closed", REPORTER),
    "uphold": ("disputed", SUPERVISOR),
    "ask": ("accepted", CLERK),
    "answer": ("asked", REPORTER),
    "suspend": ("accepted", CLERK),
    "resume": ("suspended", CLERK),
    "withdraw": ("accepted", REPORTER),
    "void": ("accepted", SUPERVISOR),
}
# Everything a message may hold. A new field is a decision: none of these carries words or places of citizens.
FIELDS = {
    *("case_id", "number", "channel", "channel_name", "category", "category_name", "grid_id", "reporter_id", "state"),
    "system_id",
    *("department_id", "department_name", "handler_id", "reported_at", "accepted_at", "declined_at", "dispatched_at"),
    *("handed_over_at", "returned_at", "settled_at", "closed_at", "reopened_at", "satisfied", "closed_by"),
    *("solved", "outcome", "disputed_at", "upheld_at", "asked_at", "answered_at", "suspended_at", "resumed_at"),
    *("withdrawn_at", "voided_at", "staff_ids", "by_handler"),
}


def told() -> dict[str, Any]:
    """Columns full of what must not travel."""
    return {"text": SECRET, "address": SECRET, "latitude": 33.62711, "longitude": 114.65842, "source_datum": "wgs84"}


def messages(**over: Any) -> Iterator[Message]:
    """One message of every type, built as the use cases build it."""
    case = case_of(REPORTER, **told() | over)
    yield case_stepped(case, case.report(REPORTER))
    for action, (state, acting) in FROM.items():
        case = in_state(state, **told() | over)
        entry = take(case, action, acting)
        entry.note = SECRET
        case.settlement = case.settlement and SECRET
        yield case_stepped(case, entry)


def test_there_is_a_message_of_every_type() -> None:
    assert sorted(message.type for message in messages()) == TYPES
    assert {"case.reported.v1", *(row.message for row in TABLE)} == set(TYPES)


@pytest.mark.parametrize("anonymous", [False, True])
def test_what_is_built_keeps_the_contract(anonymous: bool) -> None:
    for message in messages(anonymous=anonymous):
        message.contract.check(message.data)
        state = message.contract.schema["properties"]["state"]
        assert message.data["state"] in state.get("enum", [state.get("const")])
        assert message.aggregate_id and message.community_id == "liuyi"


def test_a_message_carries_the_version_that_its_step_made() -> None:
    assert [message.version for message in messages()] == [1, *(2 for _ in FROM)]


def test_no_message_holds_words_or_places_of_citizens() -> None:
    for message in messages():
        raw = orjson.dumps(message.data).decode()
        for hidden in (SECRET, "33.62", "114.65"):
            assert hidden not in raw, f"{message.type} says {hidden}"
        assert set(message.data) <= FIELDS


def test_an_anonymous_reporter_is_in_no_message() -> None:
    for message in messages(anonymous=True):
        assert str(REPORTER.account_id) not in orjson.dumps(message.data).decode()
    assert all(message.data["reporter_id"] == REPORTER.account_id for message in messages())


def test_a_closing_says_whose_it_was() -> None:
    for acting, by in ((REPORTER, "reporter"), (SUPERVISOR, "staff")):
        for anonymous in (False, True):
            case: Case = in_state("settled", anonymous=anonymous)
            assert case_stepped(case, take(case, "close", acting)).data["closed_by"] == by
    own = person("supervisor")
    case = in_state("settled")
    case.reporter_id = None
    assert case_stepped(case, take(case, "close", own)).data["closed_by"] == "staff"


@pytest.mark.parametrize("type_", TYPES)
def test_a_contract_is_complete(type_: str) -> None:
    schema = CONTRACTS[type_].schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] and schema["description"] and schema["additionalProperties"] is False
    assert set(schema["properties"]) <= FIELDS
    assert all(described.get("description") for described in schema["properties"].values())
    assert "x-consumers" in schema
    assert CONTRACTS[type_].examples
    for example in CONTRACTS[type_].examples:
        CONTRACTS[type_].check(example)


@pytest.mark.parametrize("type_", TYPES)
def test_a_contract_refuses_free_text(type_: str) -> None:
    example = CONTRACTS[type_].examples[0]
    for field in ("text", "address", "location", "note", "settlement"):
        with pytest.raises(ContractBroken):
            CONTRACTS[type_].check(example | {field: SECRET})
