"""What a service promises to publish: one JSON Schema per message type, owned by the publisher.

`contracts/booking.confirmed.v1.json` is a JSON Schema (draft 2020-12) of the message's data, with `title`,
`description` and `examples` for the catalogue, and `x-consumers`, the queues of this platform that must receive it: the
relay keeps such a message while one of them is missing, and one that nobody here listens to may go unheard.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema_rs
import orjson
from uuid_utils.compat import uuid7


class ContractBroken(Exception):
    """Data that does not fit the schema of its message type: a bug in the publisher, so nothing may commit."""


@dataclass(frozen=True)
class Contract:
    """The promise behind one message type; `source` is the publishing service."""

    type: str
    source: str
    schema: dict[str, Any]

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True)

    @property
    def queues(self) -> frozenset[str]:
        """Of its consumers, as chassis.messaging.subscribe names them."""
        return frozenset(self.schema.get("x-consumers", ()))

    @property
    def consumers(self) -> frozenset[str]:
        """The services that must receive it."""
        return frozenset(queue.partition("--")[2].partition(".")[0] for queue in self.queues)

    @property
    def examples(self) -> list[dict[str, Any]]:
        return list(self.schema.get("examples", ()))

    def check(self, data: dict[str, Any]) -> None:
        """Raises ContractBroken with every violation."""
        problems = [
            f"{'.'.join(map(str, e.instance_path)) or '(root)'}: {e.message}" for e in self._validator.iter_errors(data)
        ]
        if problems:
            raise ContractBroken(f"{self.type}: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Message:
    """A fact about one aggregate, ready for the outbox. `version` is the aggregate's version that the fact made true;
    no two messages of one aggregate share it."""

    contract: Contract
    aggregate_id: UUID
    version: int
    community_id: str
    data: dict[str, Any]
    event_id: UUID = field(default_factory=uuid7)
    occurred_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def type(self) -> str:
        return self.contract.type


class Contracts:
    """All contracts of one service, read from its `contracts/` folder."""

    def __init__(self, folder: Path, source: str) -> None:
        self.source = source
        self._contracts = {
            file.name.removesuffix(".json"): Contract(file.name.removesuffix(".json"), source, orjson.loads(file.read_bytes()))
            for file in sorted(folder.glob("*.json"))
        }

    def __iter__(self) -> Any:
        return iter(self._contracts.values())

    def __getitem__(self, type_: str) -> Contract:
        return self._contracts[type_]

    def message(
        self, type_: str, *, aggregate_id: UUID, version: int, community_id: str, occurred_at: datetime, data: dict[str, Any]
    ) -> Message:
        """A message of `type_` (for example `booking.confirmed.v1`); `occurred_at` is aware. KeyError for an unknown type.
        The data is checked when the message is added to the outbox."""
        return Message(self._contracts[type_], aggregate_id, version, community_id, data, occurred_at=occurred_at)
