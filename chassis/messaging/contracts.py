"""What a service promises to publish: one JSON Schema per message type, owned by the publisher.

`contracts/booking.confirmed.v1.json` is a JSON Schema (draft 2020-12) of the message's data, with `title`,
`description` and `examples` for the catalogue, and `x-consumers`, the queues of this platform that must receive it: the
relay keeps such a message while one of them is missing, and one that nobody here listens to may go unheard.

Messages about the same thing share a part: `"$ref": "_case.json"` at the top of a contract merges that file in.
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
        self.source, self._folder = source, folder
        types = (file.name.removesuffix(".json") for file in sorted(folder.glob("*.json")) if not file.name.startswith("_"))
        self._contracts = {type_: Contract(type_, source, _bundled(folder, f"{type_}.json")) for type_ in types}

    def __iter__(self) -> Any:
        return iter(self._contracts.values())

    def __getitem__(self, type_: str) -> Contract:
        return self._contracts[type_]

    def shared_fields(self, file: str) -> list[str]:
        """Names of the fields that the shared part `file` (for example `_case.json`) declares."""
        return list(_bundled(self._folder, file)["properties"])

    def message(
        self, type_: str, *, aggregate_id: UUID, version: int, community_id: str, occurred_at: datetime, data: dict[str, Any]
    ) -> Message:
        """A message of `type_` (for example `booking.confirmed.v1`); `occurred_at` is aware. KeyError for an unknown type.
        The data is checked when the message is added to the outbox."""
        return Message(self._contracts[type_], aggregate_id, version, community_id, data, occurred_at=occurred_at)


def plain(value: Any) -> Any:
    """A value as it travels in JSON: ids and times as text."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _bundled(folder: Path, name: str) -> dict[str, Any]:
    """The schema in the file, with the shared part that its top-level `$ref` names merged in. What the file declares itself
    overrides the shared part; its examples complete the shared example. The result refers to no other file."""
    schema: dict[str, Any] = orjson.loads((folder / name).read_bytes())
    if (shared_name := schema.pop("$ref", None)) is None:
        return schema
    shared = _bundled(folder, shared_name)
    merged = shared | schema
    merged["required"] = [*shared.get("required", ()), *schema.get("required", ())]
    for key in ("properties", "$defs"):
        if key in shared or key in schema:
            merged[key] = shared.get(key, {}) | schema.get(key, {})
    (base,) = shared.get("examples", [{}])
    merged["examples"] = [base | example for example in schema.get("examples", ())]
    return merged
