"""Builds the public catalogue of messages: one AsyncAPI 3 document from the contracts of all services."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from chassis.messaging.contracts import Contract, Contracts
from chassis.rpc.interface.fields import EXAMPLE_COMMUNITY

# Headers of CloudEvents 1.0 in AMQP's binary mode (see chassis.messaging.relay): (description, JSON Schema, example).
# An example of None is taken from the contract.
_HEADERS: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "ce-specversion": ("Version of CloudEvents.", {"const": "1.0"}, "1.0"),
    "ce-id": (
        "Id of this message; it may arrive more than once.",
        {"format": "uuid"},
        "0199d3a0-7c1e-7a52-9d5b-3f1c2b6a4e10",
    ),
    "ce-source": ("The publishing service.", {}, None),
    "ce-type": ("What happened; also the routing key.", {}, None),
    "ce-time": ("When it happened, RFC 3339.", {"format": "date-time"}, "2026-03-02T09:30:00+08:00"),
    "ce-subject": (
        "The thing it happened to. Messages about one thing come in order.",
        {"format": "uuid"},
        "0199d3a0-7c1e-7a52-9d5b-000000000001",
    ),
    "ce-partitionkey": ("The same as ce-subject.", {"format": "uuid"}, "0199d3a0-7c1e-7a52-9d5b-000000000001"),
    "ce-sequence": (
        "Version of the thing, zero-padded; it sorts as text and as a number. After a restore from a dump, digits in front "
        "make it greater than every earlier one.",
        {"pattern": "^[0-9]{10,13}$"},
        "0000000001",
    ),
    "ce-communityid": ("The community it belongs to.", {}, EXAMPLE_COMMUNITY),
    "ce-dataschema": ("Name of the contract.", {}, None),
}
_OPTIONAL: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "correlation-id": ("The request that led to it, in all logs.", {}, "0199d3a07c1e7a529d5b3f1c2b6a4e10"),
    "traceparent": ("W3C trace context.", {}, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
}
# Keys of a contract that do not describe the payload.
_NOT_PAYLOAD = {"$schema", "title", "description", "examples", "x-consumers", "x-internal"}
_DESCRIPTION = """\
All messages that the services of the platform publish. Subscribe with a queue of your own. Bind it to the topic exchange
`district.events` by the types you want: everything about a subject (`{subject}.#`), one type (`{type}`), or one thing that
happens to several subjects (`*.{action}`). The operator grants each subscriber its subjects; the broker refuses a binding
that could match others (403 ACCESS_REFUSED). Delivery is at least once: keep the `ce-id`s you have handled.
Messages carry ids, times, numbers, states and public names; never names, phones, addresses or free text of citizens.
A compatible change adds fields, so the schemas here are open: ignore fields that you do not know. Any other change gets a
new type, published beside the old one.
"""


def document(catalogue: Iterable[Contracts], version: str) -> dict[str, Any]:
    """Return the AsyncAPI 3.0.0 document of all contracts in `catalogue`. `version` is the version of the platform."""
    contracts = [contract for contracts in catalogue for contract in contracts]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Linli 邻里: messages of the district",
            "version": version,
            "description": _description([contract.type for contract in contracts if not contract.internal]),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_key(contract): _channel(contract) for contract in contracts},
        "operations": dict(operation for contract in contracts for operation in _operations(contract)),
        "components": {
            "messages": {_key(contract): _message(contract) for contract in contracts},
            "schemas": {"CloudEvent": _headers()} | {_key(contract): _payload(contract) for contract in contracts},
        },
    }


def _description(types: Sequence[str]) -> str:
    """The description with routing keys from `types` as examples. The example of one type is not about the shared action."""
    actions = Counter(type_.partition(".")[2] for type_ in types)
    shared = actions.most_common(1)[0][0]
    other = next((type_ for type_ in types if not type_.endswith(f".{shared}")), types[0])
    return _DESCRIPTION.format(subject=types[0].partition(".")[0], type=other, action=shared)


def _key(contract: Contract) -> str:
    return contract.type


def _pointer(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _channel(contract: Contract) -> dict[str, Any]:
    exchange = {"name": "district.events", "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": contract.type,
        "title": contract.schema["title"],
        "description": contract.schema["description"],
        "messages": {_key(contract): {"$ref": f"#/components/messages/{_pointer(_key(contract))}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operations(contract: Contract) -> Iterable[tuple[str, dict[str, Any]]]:
    channel = f"#/channels/{_pointer(_key(contract))}"
    yield f"{contract.source}.send.{contract.type}", _operation(contract.source, "send", channel, contract)
    for consumer in sorted(contract.consumers):
        yield f"{consumer}.receive.{contract.type}", _operation(consumer, "receive", channel, contract)


def _operation(service: str, action: str, channel: str, contract: Contract) -> dict[str, Any]:
    verb = "publishes" if action == "send" else "receives"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": f"{service} {verb}: {contract.schema['title']}",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"{channel}/messages/{_pointer(_key(contract))}"}],
    }


def _message(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.type,
        "title": contract.schema["title"],
        "summary": contract.schema["description"],
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/correlation-id"},
        "headers": {"$ref": "#/components/schemas/CloudEvent"},
        "payload": {"$ref": f"#/components/schemas/{_pointer(_key(contract))}"},
        "examples": [
            {"name": f"example{number}", "headers": _example_headers(contract), "payload": example}
            for number, example in enumerate(contract.examples, start=1)
        ],
    }


def _payload(contract: Contract) -> dict[str, Any]:
    """Return the schema for subscribers. It allows additional fields, because later versions add some. The publisher's own
    schema does not allow them."""
    schema = {key: value for key, value in contract.schema.items() if key not in _NOT_PAYLOAD}
    return _relocated(schema, f"#/components/schemas/{_pointer(_key(contract))}")  # type: ignore[no-any-return]


def _relocated(node: Any, root: str) -> Any:
    """Return a schema for the place `root` in a larger document. Its objects allow additional fields. AsyncAPI uses draft 7
    of JSON Schema, which calls `$defs` `definitions`."""
    if isinstance(node, list):
        return [_relocated(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    moved = {
        "definitions" if key == "$defs" else key: _relocated(value, root)
        for key, value in node.items()
        if not (key == "additionalProperties" and value is False)
    }
    if isinstance(reference := moved.get("$ref"), str) and reference.startswith("#"):
        moved["$ref"] = root + reference[1:].replace("/$defs/", "/definitions/")
    return moved


def _headers() -> dict[str, Any]:
    properties = {
        name: {"type": "string", "description": text, **more} for name, (text, more, _) in (_HEADERS | _OPTIONAL).items()
    }
    return {"type": "object", "required": list(_HEADERS), "properties": properties}


def _example_headers(contract: Contract) -> dict[str, str]:
    own = {"ce-source": contract.source, "ce-type": contract.type, "ce-dataschema": f"urn:linli:{contract.type}"}
    return {name: example or own[name] for name, (_, _, example) in (_HEADERS | _OPTIONAL).items()}
