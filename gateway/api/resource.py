"""The declaration of operations: route, access, parameters, answer, and the operation's documentation.

    bookings = Resource("bookings", "场地预约 · Bookings of spaces")
    bookings.expose(BOOK_SPACE, "POST /bookings", who=SIGNED_IN, created="/bookings")

One line exposes a verb of a service (Resource.expose). An operation of the gateway itself has a view:

    @me.get("/me", "Read your own account", answer=Account(), needs=SIGNED_IN)
    def get_me() -> dict[str, Any]: ...

The view gets the query and the body as positional arguments (in that order, if declared) and the path's parameters by name. It
returns a JSON object, an `Answer`, or a Response.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from chassis.rpc.interface import Verb
from chassis.rpc.refusal import Refusal
from gateway.api import answers
from gateway.api.access import ANYONE, Access
from gateway.api.documentation import document
from gateway.api.exposed import Exposed, Send
from gateway.api.operation import NO_CONTENT, PREFIX, Answer, Operation, created
from gateway.api.parsing import json_object, load, query_object
from gateway.http import community
from gateway.http.limits import Limit

__all__ = ["NO_CONTENT", "PREFIX", "Answer", "Operation", "Resource", "created"]

View = Callable[..., "dict[str, Any] | Answer | Response"]


class Resource:
    """A blueprint of flask-smorest and the declarations of its operations."""

    def __init__(self, name: str, description: str) -> None:
        make: Any = Blueprint  # flask-smorest is untyped
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

    def expose(
        self,
        verb: Verb,
        route: str,
        *,
        who: Access = ANYONE,
        status: int = 200,
        created: str = "",
        hidden: Collection[str] = (),
        names: Mapping[str, str] = MappingProxyType({}),
        cached: bool = False,
        of_community: bool = False,
        spends: Limit | None = None,
        send: Send | None = None,
        refuses: Sequence[int | type[Refusal]] = (),
        links: Mapping[str, Any] | None = None,
    ) -> None:
        """Offer a verb of a service at `route`, such as "POST /bookings".

        `created`: the path of new objects (201 with their Location). `hidden`: fields of the verb that HTTP does not offer.
        `names`: fields for the names of accounts, which staff get beside the ids. `cached`: answered from the gateway's cache;
        if signing in is optional, only visitors get the cached answer. `of_community`: see Operation. `spends`: the limit for
        one client. `send`: called instead of the service, if the gateway has its own work to do. `refuses`: further refusals of
        `send`.
        """
        method, rule = route.split(" ", 1)
        exposed = Exposed(
            verb=verb,
            method=method,
            rule=rule,
            status=201 if created else status,
            created=created,
            hidden=frozenset(hidden),
            names=names,
            cached=cached,
            personal=who.optional,
            of_community=of_community,
            spends=spends,
            send=send,
        )
        self._register(rule, verb.name, exposed.operation(needs=who, refuses=refuses, links=links), exposed)

    def _operation(self, rule: str, operation: Operation) -> Callable[[View], View]:
        def declare(view: View) -> View:
            @wraps(view)
            def handle(**path: Any) -> Any:
                given = []
                if operation.query is not None:
                    given.append(load(operation.query, query_object(operation.query.fields)))
                if operation.body is not None:
                    given.append(load(operation.body, json_object()))
                return view(*given, **path)

            self._register(rule, view.__name__, operation, handle)
            return view

        return declare

    def _register(self, rule: str, name: str, operation: Operation, handle: Callable[..., Any]) -> None:
        handle = _guarded(name, handle, operation)
        handle = self.blueprint.doc(**document(name, rule, operation))(handle)
        self.blueprint.route(rule, methods=[operation.method], provide_automatic_options=False)(handle)


def _guarded(name: str, handle: Callable[..., Any], operation: Operation) -> Callable[..., Response]:
    """Access is checked first, so that a caller without access learns nothing about the validity of the body."""

    @wraps(handle)
    def run(**path: Any) -> Response:
        operation.needs.check()
        if operation.of_community:
            operation.needs.check_community(community.require_one())
        outcome = handle(**path)
        if isinstance(outcome, Response):
            return outcome
        answer = outcome if isinstance(outcome, Answer) else Answer(outcome)
        if answer.body is None:
            return Response(status=204)
        return answers.respond(answer.body, operation.status, location=answer.location)

    run.__name__ = name
    return run
