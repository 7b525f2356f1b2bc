"""Contracts of messages: one JSON Schema for each message type. The publishing service owns it.

`contracts/booking.confirmed.v1.json` is a JSON Schema (draft 2020-12) of the message's data. `title`, `description` and
`examples` are for the catalogue. `x-consumers` lists the queues of this platform that must receive the message. The relay
does not publish the message while one of these queues is missing. A message without `x-consumers` may be published
without any queue. `x-internal` is true for a message that only this platform needs; the catalogue does not suggest it.

Contracts about the same thing can share a part. `"$ref": "_case.json"` at the top of a contract merges that file into it.
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
    """The data does not match the schema of its message type. This is a bug in the publisher; nothing is committed."""


@dataclass(frozen=True)
class Contract:
    """The contract of one message type. `source` is the publishing service."""

    type: str
    source: str
    schema: dict[str, Any]

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.Draft202012Validator(self.schema, validate_formats=True)

    @property
    def queues(self) -> frozenset[str]:
        """The queues that must receive the message. chassis.messaging.subscribe builds their names."""
        return frozenset(self.schema.get("x-consumers", ()))

    @property
    def consumers(self) -> frozenset[str]:
        """The services that must receive the message."""
        return frozenset(queue.partition("--")[2].partition(".")[0] for queue in self.queues)

    @property
    def internal(self) -> bool:
        """Whether only this platform needs the message."""
        return bool(self.schema.get("x-internal"))

    @property
    def examples(self) -> list[dict[str, Any]]:
        return list(self.schema.get("examples", ()))

    def check(self, data: dict[str, Any]) -> None:
        """Raises ContractBroken with all violations if `data` does not match the schema."""
        problems = [
            f"{'.'.join(map(str, e.instance_path)) or '(root)'}: {e.message}" for e in self._validator.iter_errors(data)
        ]
        if problems:
            raise ContractBroken(f"{self.type}: " + "; ".join(problems))


@dataclass(frozen=True, slots=True)
class Message:
    """A fact about one aggregate, ready for the outbox. `version` is the version of the aggregate after the change. Two
    messages of one aggregate never have the same version. `occurred_at` is aware."""

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
    """All contracts of one service, from the files in its folder `contracts/`."""

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
        """Return a message of `type_`, for example `booking.confirmed.v1`. `occurred_at` is aware. `data` is checked when the
        message is added to the outbox. Raises KeyError for an unknown type."""
        return Message(self._contracts[type_], aggregate_id, version, community_id, data, occurred_at=occurred_at)


def plain(value: Any) -> Any:
    """Return `value` in its JSON form. Ids and times become strings."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _bundled(folder: Path, name: str) -> dict[str, Any]:
    """Return the schema in the file. If it has a `$ref` at the top, the shared file is merged into it. The schema's own
    declarations override the shared ones, and its examples complete the shared example. The result has no `$ref` to other
    files."""
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
