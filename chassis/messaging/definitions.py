"""The definitions of a RabbitMQ node for the platform: a user for each service with just its rights, the deployment's user, and
all exchanges, queues and bindings. RabbitMQ imports them at its start (`load_definitions`) or with `rabbitmqctl
import_definitions`.

A service may publish to its own exchange, consume from its own queues, bind them to the messages that it subscribes to, answer
calls, and, if it has an RpcClient, make calls. It may not declare what outlives it: that is the deployment's.
"""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.messaging import broker, topology
from chassis.messaging.broadcast import Broadcast
from chassis.messaging.hints import Hints
from chassis.messaging.relay import contracts_of
from chassis.messaging.subscribe import Subscription
from chassis.rpc.client import makes_calls

VHOST = "linli"
DEPLOYMENT = "linli"  # may use everything, except the queues of outside systems
ADMINISTRATOR = "admin"  # a person; no process uses it
NOTHING = "^$"
_ANYTHING = ".*"
_WITHOUT_DOT = "[0-9a-z-]+"  # the routing key of a reply, or of a message to nobody. The keys of calls have a dot.

Hash = Callable[[str], str]  # the password hash of a user


def definitions(service_classes: Sequence[Any], outside: Mapping[str, Any], hash_of: Hash) -> dict[str, Any]:
    """Return RabbitMQ's definitions. `outside` has more of them, for systems outside the platform
    (deploy/rabbitmq/outside.json); their users get their hash from `hash_of` too."""
    users = [{"name": ADMINISTRATOR, "tags": "administrator"}, {"name": DEPLOYMENT, "tags": ""}]
    users += [{"name": service.name, "tags": ""} for service in service_classes]
    not_outside = r"^(?!sub\.)"
    full = {"configure": _ANYTHING, "write": _ANYTHING, "read": _ANYTHING}
    own = [
        {"user": ADMINISTRATOR, "vhost": "/", **full},
        {"user": ADMINISTRATOR, "vhost": VHOST, **full},
        {"user": DEPLOYMENT, "vhost": VHOST, **dict.fromkeys(full, not_outside)},
    ]
    services = [Rights(service, service_classes) for service in service_classes]
    exchanges, queues, bindings = _declared(service_classes)
    return {
        "vhosts": [{"name": "/"}, {"name": VHOST}],
        "users": [
            user | {"password_hash": hash_of(user["name"]), "hashing_algorithm": "rabbit_password_hashing_sha256"}
            for user in [*users, *outside.get("users", ())]
        ],
        "permissions": [*own, *(rights.permission() for rights in services), *outside.get("permissions", ())],
        "topic_permissions": [
            *(permission for rights in services for permission in rights.topic_permissions()),
            *outside.get("topic_permissions", ()),
        ],
        "parameters": [*outside.get("parameters", ())],
        "policies": [*outside.get("policies", ())],
        "exchanges": exchanges,
        "queues": queues,
        "bindings": bindings,
    }


def password_hash(password: str, salt: bytes | None = None) -> str:
    """Return the hash that RabbitMQ compares: a salt of four bytes, and SHA-256 of salt and password, in base64."""
    salt = secrets.token_bytes(4) if salt is None else salt
    return b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


class Rights:
    """What the user of one service may do. Names are regular expressions, as RabbitMQ compares them."""

    def __init__(self, service_class: Any, service_classes: Sequence[Any]) -> None:
        self._service, self._all = service_class, service_classes
        self.name: str = service_class.name
        self._calls = makes_calls(service_class)
        self._answers = service_class.interface is not None
        # The broadcast queues of a replica have names of this form too.
        self._own_queues = [rf"evt-[a-z_]+--{re.escape(self.name)}\..*"]
        if self._calls:
            self._own_queues.append(r"rpc\.reply-.*")

    def permission(self) -> dict[str, str]:
        events = re.escape(broker.events_exchange(self.name).name)
        rpc_queue = [re.escape(f"rpc-{self.name}")] if self._answers else []
        rpc = re.escape(broker.RPC.name)
        hints = [re.escape(broker.hints_exchange(self.name).name)] if _has(self._service, Hints) else []
        sources = [re.escape(exchange) for exchange in self._heard()]
        dead = re.escape(broker.dead_letter_queue(self.name).name)
        return {
            "user": self.name,
            "vhost": VHOST,
            "configure": _one_of(self._own_queues),
            # Binding a queue needs the right to write to the queue. The relay repairs the bindings of queues that must hear.
            "write": _one_of([*self._own_queues, *rpc_queue, events, *hints, rpc, *map(re.escape, self._must_hear())]),
            "read": _one_of([*self._own_queues, *rpc_queue, dead, events, rpc, *sources]),
        }

    def topic_permissions(self) -> Iterator[dict[str, str]]:
        """RabbitMQ compares `write` with the routing key of a message, and `read` with that of a binding, when it is made."""
        write, read = [_WITHOUT_DOT], []
        if self._calls:
            write += [rf"{re.escape(service.name)}\..+" for service in self._all if service.interface is not None]
            read.append(_WITHOUT_DOT)
        if self._answers:
            read.append(rf"{re.escape(self.name)}\.\*")
        yield self._topics(broker.RPC.name, _one_of(write), _one_of(read))
        yield self._topics(broker.events_exchange(self.name).name, _ANYTHING, _ANYTHING)
        if _has(self._service, Hints):
            yield self._topics(broker.hints_exchange(self.name).name, _ANYTHING, NOTHING)
        for exchange, types in self._heard().items():
            if exchange != broker.events_exchange(self.name).name:
                yield self._topics(exchange, NOTHING, _one_of(map(re.escape, types)))

    def _topics(self, exchange: str, write: str, read: str) -> dict[str, str]:
        return {"user": self.name, "vhost": VHOST, "exchange": exchange, "write": write, "read": read}

    def _heard(self) -> dict[str, list[str]]:
        """The exchanges that the service listens to, with the types that it binds."""
        heard: dict[str, set[str]] = {}
        for entrypoint in _entrypoints(self._service):
            if isinstance(entrypoint, Subscription):
                heard.setdefault(broker.events_exchange(entrypoint.source).name, set()).update(entrypoint.types)
            elif isinstance(entrypoint, Broadcast):
                heard.setdefault(entrypoint.exchange().name, set()).update(entrypoint.types)
        return {exchange: sorted(types) for exchange, types in sorted(heard.items())}

    def _must_hear(self) -> list[str]:
        return sorted({queue for contract in contracts_of(self._service) or () for queue in contract.queues})


def _declared(service_classes: Sequence[Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """The exchanges, queues and bindings that `linli topology` declares."""
    queues = topology.lasting_queues(service_classes)
    exchanges: dict[str, Any] = {}
    bindings = []
    for service in service_classes:
        exchange: Any = broker.events_exchange(service.name)
        exchanges[exchange.name] = exchange
        bindings.append(_binding(exchange.name, broker.DISTRICT.name, "exchange", "#"))
    for exchange in (broker.DISTRICT, broker.RPC, *topology.hints_exchanges(service_classes)):
        exchanges[exchange.name] = exchange
    for queue in queues:
        for exchange, key in _bound(queue):
            exchanges[exchange.name] = exchange
            bindings.append(_binding(exchange.name, queue.name, "queue", key))
    return (
        [
            {"name": name, "vhost": VHOST, "type": one.type, "durable": True, "auto_delete": False, "arguments": {}}
            for name, one in sorted(exchanges.items())
        ],
        [
            {
                "name": queue.name,
                "vhost": VHOST,
                "durable": True,
                "auto_delete": False,
                "arguments": queue.queue_arguments or {},
            }
            for queue in sorted(queues, key=lambda queue: str(queue.name))
        ],
        sorted(bindings, key=lambda one: (one["destination"], one["source"], one["routing_key"])),
    )


def _bound(queue: Any) -> Iterator[tuple[Any, str]]:
    """The exchanges that a queue is bound to, with the keys of the bindings."""
    if queue.exchange and queue.exchange.name:
        yield queue.exchange, queue.routing_key
    for bound in queue.bindings:
        yield bound.exchange, bound.routing_key


def _binding(source: str, destination: str, kind: str, key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": VHOST,
        "destination": destination,
        "destination_type": kind,
        "routing_key": key,
        "arguments": {},
    }


def _entrypoints(service_class: Any) -> Iterator[Any]:
    for name in dir(service_class):
        yield from getattr(getattr(service_class, name), ENTRYPOINT_EXTENSIONS_ATTR, ())


def _has(service_class: Any, kind: type) -> bool:
    return any(isinstance(getattr(service_class, name), kind) for name in dir(service_class))


def _one_of(patterns: Iterable[str]) -> str:
    """A regular expression of whole names."""
    found = list(dict.fromkeys(patterns))
    return f"^({'|'.join(found)})$" if found else NOTHING
