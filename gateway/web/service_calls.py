"""How pages ask the services: a block that may be missing, an answer that must be there, a command behind a form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from chassis.observability import telemetry
from chassis.rpc.refusal import Refusal, Refused
from gateway.calls import calls
from gateway.calls.public_reads import public_call

log = telemetry.get_logger(__name__)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """Part of a page: an answer, or None while its service is down (the rest of the page still works)."""

    answer: Json | None

    @property
    def up(self) -> bool:
        return self.answer is not None

    @property
    def items(self) -> list[Json]:
        return self.answer["items"] if self.answer else []

    def __iter__(self) -> Iterator[Json]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


DOWN = Block(None)


def ask_public(service: str, method: str, payload: Json, tag: str) -> Json:
    """What any visitor may read, from the gateway's cache where it is there (`tag` names what changes it). The answer
    is shared: read it only. Raises as `ask`."""
    return public_call(service, method, as_text(payload), tag=tag)


def public_block(service: str, method: str, payload: Json, tag: str) -> Block:
    """The same as a block."""
    return _block(lambda: ask_public(service, method, payload, tag), service, method)


def ask(service: str, method: str, payload: Json | None = None) -> Json:
    """The service's answer. Raises Refused or Refusal, which the error pages show."""
    return calls.call(service, method, payload or {})


def block(service: str, method: str, payload: Json | None = None) -> Block:
    """The service's answer, or a missing block if the service cannot answer now. Other refusals are raised."""
    return _block(lambda: ask(service, method, payload), service, method)


def as_text(payload: Json) -> Json:
    """The payload with its times and ids as text."""
    return dict(orjson.loads(orjson.dumps(payload)))


def _block(asking: Callable[[], Json], service: str, method: str) -> Block:
    try:
        return Block(asking())
    except (Refused, Refusal) as refusal:
        if refusal.kind != "unavailable":
            raise
        log.warning("pages.block_missing", service=service, method=method, code=refusal.code)
        return DOWN
