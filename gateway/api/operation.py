"""The declaration of an operation of the API, and the result of its view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from chassis.rpc.refusal import Refusal
from gateway.api.access import ANYONE, Access

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, and the address of a new object. The body is None for an answer without one (204)."""

    body: dict[str, Any] | None
    location: str | None = None


def created(thing: dict[str, Any], path: str) -> Answer:
    """A new object and its address: `path` under /api/v1, followed by the object's id."""
    return Answer(thing, f"{PREFIX}{path}/{thing['id']}")


NO_CONTENT = Answer(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The parameters, the answer and the refusals of an operation. `refuses` lists refusals or statuses that do not follow from
    the other fields. A `versioned` operation takes If-Match. A `kept` one may be answered by a copy (ADR 0040). One
    `of_community` is about one community: the caller names it with `community_id` in the query, unless it is known
    (gateway.http.community)."""

    method: str
    summary: str
    answer: Schema | None = None
    status: int = 200
    query: Schema | None = None
    body: Schema | None = None
    needs: Access = ANYONE
    versioned: bool = False
    kept: bool = False
    of_community: bool = False
    refuses: Sequence[int | type[Refusal]] = ()
    description: str = ""
    links: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    request_content: Mapping[str, Any] | None = None
    parameters: Sequence[str | Mapping[str, Any]] = ()
