"""A verb of a service as an operation of the API. The request becomes the verb's payload, the verb's answer the response."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from chassis.rpc.interface import Verb
from chassis.rpc.refusal import Refusal
from gateway.api.access import Access
from gateway.api.operation import NO_CONTENT, Answer, Operation, created
from gateway.api.request_fields import VERSION, payload_of, remaining_fields
from gateway.calls import calls, public_reads
from gateway.http import current, limits
from gateway.http.community import PARAMETER
from gateway.operations.people import HANDLERS, add_names, check_subjects

_PEOPLE = {"resident_id", *HANDLERS}


Send = Callable[[dict[str, Any]], dict[str, Any] | Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """A verb at a route. Resource.expose explains the options."""

    verb: Verb
    method: str
    rule: str
    status: int
    created: str
    hidden: frozenset[str]
    names: Mapping[str, str]
    cached: bool
    personal: bool
    of_community: bool
    spends: limits.Limit | None
    send: Send | None

    def operation(self, *, needs: Access, refuses: Sequence[int | type[Refusal]], links: Mapping[str, Any] | None) -> Operation:
        """The operation for the API's document."""
        fields = self._open_schema()
        in_query = self.method in ("GET", "DELETE")
        return Operation(
            method=self.method,
            summary=self.verb.summary,
            description=self.verb.description,
            query=fields if in_query else None,
            body=None if in_query else fields,
            answer=None if self.status == 204 else self.verb.gives,
            status=self.status,
            needs=needs,
            kept=self.cached,
            of_community=self.of_community,
            versioned=VERSION in self.verb.takes.fields and self.method != "DELETE",
            refuses=(*self.verb.refuses, *refuses, *((429,) if self.spends else ())),
            links=links,
        )

    def __call__(self, **path: Any) -> dict[str, Any] | Answer:
        if self.spends:
            limits.spend(self.spends)
        payload = payload_of(self.verb, path, set(self.hidden), but={PARAMETER} if self.of_community else set())
        if self.method != "GET" and _PEOPLE & payload.keys():
            check_subjects(payload)
        answer = self.send(payload) if self.send else self._ask(payload)
        if self.status == 204:
            return NO_CONTENT
        return created(answer, self.created) if self.created and isinstance(answer, dict) else answer

    def _ask(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.cached and not (self.personal and current.identity().account_id):
            return public_reads.send(self.verb, payload)
        answer = calls.send(self.verb, payload)
        if self.names and ("scope" not in self.verb.takes.fields or payload.get("scope") == "desk"):
            add_names(answer.get("items", [answer]), **self.names)
        return answer

    def _open_schema(self) -> Schema | None:
        """The fields of the verb that come from the query or the body. None if there are none."""
        in_path = {part.strip("<>").split(":")[-1] for part in self.rule.split("/") if part.startswith("<")}
        open_fields = remaining_fields(self.verb, in_path | self.hidden)
        if not open_fields:
            return None
        taken = {name for name, field in self.verb.takes.fields.items() if (field.data_key or name) not in open_fields}
        return type(self.verb.takes)(exclude=taken)
