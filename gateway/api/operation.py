"""One operation of the API as it is declared, and what its view returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from chassis.rpc.refusal import Refusal
from gateway.api.access import ANYONE, Access

PREFIX = "/api/v1"


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
    """What an operation takes, gives and refuses. `refuses` are refusals, or bare statuses, beyond those that follow from
    the rest; `versioned` operations take If-Match."""

    method: str
    summary: str
    answer: Schema | None = None
    status: int = 200
    query: Schema | None = None
    body: Schema | None = None
    needs: Access = ANYONE
    versioned: bool = False
    refuses: Sequence[int | type[Refusal]] = ()
    description: str = ""
    links: Mapping[str, Any] | None = None
    content: Mapping[str, Any] | None = None
    request_content: Mapping[str, Any] | None = None
    parameters: Sequence[Mapping[str, Any]] = ()
