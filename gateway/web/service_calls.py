"""Calls of services for a part of a page that may be missing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec

from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused

log = telemetry.get_logger(__name__)
Json = Mapping[str, Any]
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page: an answer, or None while its service is down. The rest of the page still works."""

    answer: Json | None

    @property
    def available(self) -> bool:
        return self.answer is not None

    @property
    def items(self) -> list[Json]:
        return self.answer["items"] if self.answer else []

    def __iter__(self) -> Iterator[Json]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


MISSING = Block(None)


def block(verb: Callable[P, Json], *args: P.args, **fields: P.kwargs) -> Block:
    """Call `verb`, a method of gateway.calls.client. Returns its answer, or a missing block if the service cannot answer now.
    Raises all other refusals."""
    try:
        return Block(verb(*args, **fields))
    except (Refused, Refusal) as refusal:
        if refusal.kind != "unavailable":
            raise
        log.warning("pages.block_missing", verb=getattr(verb, "__name__", ""), code=refusal.code)
        return MISSING
