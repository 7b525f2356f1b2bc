"""The part of the OpenAPI document about one operation. It is made from the operation's declaration."""

import re
from typing import Any

from marshmallow import Schema

from chassis.rpc.refusal import Refusal
from gateway.api import problem_schemas
from gateway.api.examples import example_of
from gateway.api.operation import Operation
from gateway.http.problems import STATUS_OF_KIND

_HEADERS = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}}
_OF_COPIES = {"Linli-As-Of": {"$ref": "#/components/headers/AsOf"}, "Age": {"$ref": "#/components/headers/Age"}}
_LIMITED = {
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
}
_ETAG = {"ETag": {"$ref": "#/components/headers/ETag"}}


def document(name: str, rule: str, operation: Operation) -> dict[str, Any]:
    """The operation object. `name` becomes its operationId."""
    doc: dict[str, Any] = {
        "operationId": operation_id(name),
        "summary": operation.summary,
        "security": operation.needs.security(),
        "parameters": _parameters(operation),
        "responses": {operation.status: _success(operation)}
        | {status: _problem(status, operation) for status in statuses(rule, operation)},
    }
    if operation.description:
        doc["description"] = operation.description
    if operation.method == "GET" and operation.content is None:
        doc["responses"][304] = {"description": "Unchanged since the ETag in If-None-Match.", "headers": _ETAG}
    if request := _request(operation):
        doc["requestBody"] = request
    return doc


def statuses(rule: str, operation: Operation) -> list[int]:
    """Every error status of the operation: those that follow from its declaration, and those that it lists."""
    # 429, because every request of another system counts for its limit.
    found = {401, 429, 500, 503, *(_status_of(refused) for refused in operation.refuses)}
    needs = operation.needs
    if operation.method != "GET" or needs.restricted or needs.asks_consent or not needs.for_visitors:
        found.add(403)  # also for other systems, where being signed in is enough for people
    if "<" in rule:
        found.add(404)
    if operation.body is not None or operation.request_content is not None:
        found |= {400, 413, 415, 422}
    if operation.query is not None or operation.of_community:
        found.add(422)
    if operation.method == "POST":
        found |= {409, 422}
    if operation.versioned:
        found.add(412)
    return sorted(found)


def _status_of(refused: int | type[Refusal]) -> int:
    return refused if isinstance(refused, int) else STATUS_OF_KIND[refused.kind]


def _problem(status: int, operation: Operation) -> str | dict[str, Any]:
    """The shared response of the status, or a response with the refusals that the operation lists."""
    own = [refused for refused in operation.refuses if not isinstance(refused, int) and _status_of(refused) == status]
    return problem_schemas.response_with(status, own) if own else f"Problem{status}"


def _parameters(operation: Operation) -> list[Any]:
    parameters: list[Any] = ["AcceptLanguage", "RequestIdHeader", *operation.parameters]
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    if operation.of_community:
        parameters.append("CommunityId")
    if operation.method == "POST":
        parameters.append("IdempotencyKey")
        if operation.needs.for_visitors:
            parameters.append("Visitor")
    if operation.versioned:
        parameters.append("IfMatch")
    if operation.method == "GET" and operation.content is None:
        parameters.append("IfNoneMatch")
    return parameters


def _success(operation: Operation) -> dict[str, Any]:
    response: dict[str, Any] = {"description": operation.summary, "headers": dict(_HEADERS)}
    if operation.content is not None:
        response["content"] = dict(operation.content)
    elif operation.answer is not None:
        response["content"] = {"application/json": _media(operation.answer)}
        response["headers"] |= _answer_headers(operation)
    if operation.method == "POST" and operation.needs.for_visitors:
        response["headers"]["Linli-Visitor"] = {"$ref": "#/components/headers/Visitor"}
    if operation.kept:
        response["headers"] |= _OF_COPIES
    if operation.needs.rights or 429 in map(_status_of, operation.refuses):
        response["headers"] |= _LIMITED
    if operation.links:
        response["links"] = dict(operation.links)
    return response


def _answer_headers(operation: Operation) -> dict[str, Any]:
    assert operation.answer is not None  # noqa: S101 - the caller checked
    headers: dict[str, Any] = {}
    if operation.method == "GET" or "version" in operation.answer.fields:
        headers |= _ETAG
    if "next_cursor" in operation.answer.fields:
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    if operation.status == 201 and "id" in operation.answer.fields:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    return headers


def _request(operation: Operation) -> dict[str, Any] | None:
    if operation.request_content is not None:
        return {"required": True, "content": dict(operation.request_content)}
    if operation.body is None:
        return None
    return {"required": True, "content": {"application/json": _media(operation.body)}}


def _media(schema: Schema) -> dict[str, Any]:
    return {"schema": schema, "example": example_of(schema)}


def operation_id(name: str) -> str:
    """The operationId of a verb or a view: `hand_over_case` becomes `handOverCase`."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


FIRST_ITEM = "$response.body#/items/0/id"


def links(parameter: str, *operation_ids: str, value: str = "$response.body#/id") -> dict[str, Any]:
    """OpenAPI links: `value` of this answer can be sent as `parameter` to each of the operations."""
    return {operation_id: {"operationId": operation_id, "parameters": {parameter: value}} for operation_id in operation_ids}
