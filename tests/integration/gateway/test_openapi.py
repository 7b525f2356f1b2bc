"""The OpenAPI document is complete, and says what the API does."""

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, item[method]) for path, item in document["paths"].items() for method in METHODS if method in item]


def test_it_is_a_valid_document_of_version_3_1(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert len(operations(document)) > 60


def test_every_route_is_in_it(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(document)} == routes


def test_every_operation_is_told_completely(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"] and operation["tags"], where
        assert "security" in operation, where
        named = {parameter.get("name") or parameter["$ref"].rsplit("/", 1)[1] for parameter in operation["parameters"]}
        assert ("IdempotencyKey" in named) == (method == "post"), where
        assert ("IfMatch" in named) == ("412" in operation["responses"]), where
        assert {"401", "500", "503"} <= set(operation["responses"]), where
        assert ("404" in operation["responses"]) or "{" not in path, where
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), where
            for media in operation["requestBody"]["content"].values():
                assert "example" in media and "schema" in media, where
        for status, response in operation["responses"].items():
            if status.startswith("2") and status != "204":
                assert response["content"], where


def test_problems_are_told_with_schema_and_example(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for status in (400, 401, 403, 404, 409, 410, 412, 413, 415, 422, 429, 500, 503):
        media = responses[f"Problem{status}"]["content"]["application/problem+json"]
        assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert media["example"]["status"] == status
    assert set(document["components"]["securitySchemes"]) == {"bearer", "apiKey", "oauth2", "cookie"}


def test_an_api_key_is_documented_in_both_headers(document: dict[str, Any]) -> None:
    stream = document["paths"]["/api/v1/messages/stream"]["get"]
    assert stream["security"] == [{"bearer": []}, {"apiKey": []}, {"oauth2": ["messages:read"]}]
    assert "API key" in document["components"]["securitySchemes"]["bearer"]["description"]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": document["components"]})


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for path, method, operation in operations(document):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [response.get("content", {}) for response in operation["responses"].values()]
        for media in (content["application/json"] for content in contents if "application/json" in content):
            errors = [error.message for error in resolved(document, media["schema"]).iter_errors(media["example"])]
            assert errors == [], f"{method} {path}"
            checked += 1
    assert checked > 60


def test_links_lead_to_operations_and_parameters_that_exist(document: dict[str, Any]) -> None:
    by_id = {operation["operationId"]: path for path, _, operation in operations(document)}
    links = [
        link
        for _, _, operation in operations(document)
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert len(links) > 5
    for link in links:
        assert all(f"{{{name}}}" in by_id[link["operationId"]] for name in link["parameters"])


def test_the_docs_page_loads_nothing_from_elsewhere(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/api/docs")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "http:" not in page.text and "https:" not in page.text and "<script>" not in page.text
    for asset in ("vendor/swagger-ui/swagger-ui-bundle.js", "vendor/swagger-ui/swagger-ui.css", "api-docs.js"):
        (address,) = re.findall(rf'"(/assets/[0-9a-f]+/{re.escape(asset)})"', page.text)
        assert client.get(address).status_code == 200
