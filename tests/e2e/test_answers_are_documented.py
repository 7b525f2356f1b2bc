"""What the services really answer is what the OpenAPI document says, field by field, with nothing left unsaid."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from tests.e2e.conftest import People, Person


@pytest.fixture(scope="module")
def document(visitor: Person) -> dict[str, Any]:
    """The document with every object closed: a field that it does not name is an error."""
    document: dict[str, Any] = visitor.session.get(f"{visitor.url}/api/openapi.json", timeout=10).json()
    for schema in document["components"]["schemas"].values():
        if schema.get("properties"):
            schema["additionalProperties"] = False
    return document


def check(document: dict[str, Any], path: str, answer: Any, *, method: str = "get", status: str = "200") -> None:
    schema = document["paths"][f"/api/v1{path}"][method]["responses"][status]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    assert validator_for(whole, default=Draft202012Validator) is Draft202012Validator
    errors = sorted(Draft202012Validator(whole).iter_errors(answer), key=str)
    assert [f"{list(error.absolute_path)}: {error.message[:300]}" for error in errors] == []


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("wang", "/communities"),
        ("wang", "/sections"),
        ("wang", "/today"),
        ("wang", "/spaces"),
        ("wang", "/channels"),
        ("wang", "/categories"),
        ("wang", "/grids"),
        ("wang", "/clubs"),
        ("wang", "/club-events"),
        ("organiser", "/club-events"),
        ("wang", "/me"),
        ("clerk", "/me"),
        ("wang", "/auth/session"),
        ("wang", "/bookings"),
        ("wang", "/cases"),
        ("wang", "/registrations"),
        ("wang", "/notifications"),
        ("wang", "/contact-points"),
        ("wang", "/me/consents"),
        ("wang", "/me/export"),
        ("clerk", "/bookings?scope=desk"),
        ("clerk", "/cases?scope=desk"),
        ("clerk", "/registrations?scope=desk"),
        ("clerk", "/departments"),
        ("clerk", "/staff"),
        ("clerk", "/residents/doubles"),
        ("wang", "/me/children"),
        ("wang", "/me/household/invitations"),
        ("admin", "/api-keys"),
        ("admin", "/systems"),
    ],
)
def test_lists(document: dict[str, Any], person: People, who: str, path: str) -> None:
    check(document, path.split("?")[0], person(who).get(path))


@pytest.mark.parametrize(
    ("who", "path", "item"),
    [
        ("wang", "/communities", "/communities/{community_id}"),
        ("wang", "/spaces", "/spaces/{space_id}"),
        ("wang", "/clubs", "/clubs/{club_id}"),
        ("wang", "/club-events", "/club-events/{club_event_id}"),
        ("clerk", "/bookings?scope=desk", "/bookings/{booking_id}"),
        ("clerk", "/cases?scope=desk", "/cases/{case_id}"),
        ("clerk", "/registrations?scope=desk", "/registrations/{registration_id}"),
        ("admin", "/staff", "/staff/{account_id}"),
        ("admin", "/systems", "/systems/{system_id}"),
    ],
)
def test_things(document: dict[str, Any], person: People, who: str, path: str, item: str) -> None:
    found = person(who).get(path)["items"]
    assert found, "the demo has some"
    for thing in found[:5]:
        check(document, item, person(who).get(item.split("{")[0] + thing["id"]))


def test_histories_of_cases(document: dict[str, Any], person: People) -> None:
    for case in person("clerk").get("/cases?scope=desk")["items"][:5]:
        check(document, "/cases/{case_id}/history", person("clerk").get(f"/cases/{case['id']}/history"))


def test_availability(document: dict[str, Any], person: People) -> None:
    wang = person("wang")
    window = "from=2030-03-04T00:00:00%2B08:00&to=2030-03-05T00:00:00%2B08:00"
    check(document, "/availability", wang.get(f"/availability?{window}"))
    for space in wang.get("/spaces")["items"]:
        answer = wang.get(f"/spaces/{space['id']}/availability?{window}")
        check(document, "/spaces/{space_id}/availability", answer)
