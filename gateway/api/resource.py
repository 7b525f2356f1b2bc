"""One way to declare an operation: route, who may, what it takes and gives, and its whole documentation.

    bookings = Resource("bookings", "场地预约 · Bookings of spaces")

    @bookings.post("/bookings", "Book a space", body=BookSpace(), answer=Booking(), needs=SIGNED_IN)
    def book_space(body: dict[str, Any]) -> Answer:
        return created(client.call("booking", "book_space", body), "/bookings")

The view gets the path's parameters by name, then the query and the body (in that order, where declared), and returns
a JSON object, an `Answer` with more to say, or a Response of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from gateway.api import answers
from gateway.api.access import ANYONE, Access
from gateway.api.documentation import document
from gateway.api.parsing import StrictParser

PREFIX = "/api/v1"
View = Callable[..., "dict[str, Any] | Answer | Response"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with the address of what was made, or None for an answer without a body (204)."""

    body: dict[str, Any] | None
    location: str | None = None


def created(thing: dict[str, Any], path: str) -> Answer:
    """A new thing and its address: `path` under /api/v1, followed by its id."""
    return Answer(thing, f"{PREFIX}{path}/{thing['id']}")


NOTHING = Answer(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What an operation takes, gives and refuses. `refuses` are statuses beyond those that follow from the rest;
    `versioned` operations take If-Match; `limit` is throttling in words; `headers` are extra request headers."""

    method: str
    summary: str
    answer: Schema | None = None
    status: int = 200
    query: Schema | None = None
    body: Schema | None = None
    needs: Access = ANYONE
    versioned: bool = False
    refuses: Sequence[int] = ()
    description: str = ""
    links: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    request_content: Mapping[str, Any] | None = None
    parameters: Sequence[Mapping[str, Any]] = ()
    many_bodies: Sequence[Schema] = ()


class _StrictBlueprint(Blueprint):
    ARGUMENTS_PARSER = StrictParser()


class Resource:
    """A blueprint of flask-smorest whose operations are declared in one go."""

    def __init__(self, name: str, description: str) -> None:
        make: Any = _StrictBlueprint  # flask-smorest is untyped
        self.blueprint = make(name, f"gateway.api.{name}", url_prefix=PREFIX, description=description)

    def get(self, rule: str, summary: str, **more: Any) -> Callable[[View], View]:
        return self._operation(rule, Operation(method="GET", summary=summary, **more))

    def post(self, rule: str, summary: str, **more: Any) -> Callable[[View], View]:
        return self._operation(rule, Operation(method="POST", summary=summary, **{"status": 201} | more))

    def put(self, rule: str, summary: str, **more: Any) -> Callable[[View], View]:
        return self._operation(rule, Operation(method="PUT", summary=summary, **more))

    def patch(self, rule: str, summary: str, **more: Any) -> Callable[[View], View]:
        return self._operation(rule, Operation(method="PATCH", summary=summary, **more))

    def delete(self, rule: str, summary: str, **more: Any) -> Callable[[View], View]:
        return self._operation(rule, Operation(method="DELETE", summary=summary, **{"status": 204} | more))

    def _operation(self, rule: str, operation: Operation) -> Callable[[View], View]:
        def declare(view: View) -> View:
            handle: Callable[..., Any] = view
            if operation.body is not None:
                handle = self.blueprint.arguments(operation.body, location="json")(handle)
            if operation.query is not None:
                handle = self.blueprint.arguments(operation.query, location="query")(handle)
            handle = _guarded(handle, operation)
            handle = self.blueprint.doc(**document(view.__name__, rule, operation))(handle)
            self.blueprint.route(rule, methods=[operation.method], provide_automatic_options=False)(handle)
            return view

        return declare


def _guarded(handle: Callable[..., Any], operation: Operation) -> Callable[..., Response]:
    """Who may comes first: a stranger is not told what is wrong with a body."""

    @wraps(handle)
    def run(**path: Any) -> Response:
        operation.needs.check()
        outcome = handle(**path)
        if isinstance(outcome, Response):
            return outcome
        answer = outcome if isinstance(outcome, Answer) else Answer(outcome)
        if answer.body is None:
            return Response(status=204)
        return answers.respond(answer.body, operation.status, location=answer.location)

    return run
