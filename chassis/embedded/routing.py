"""The exchanges and bindings of the embedded broker. They route messages to queues."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

TYPES = ("direct", "topic", "fanout")


class Binding(NamedTuple):
    """A binding of an exchange to a queue or to another exchange."""

    routing_key: str
    destination: str  # name of a queue, or of an exchange
    to_queue: bool


@dataclass(eq=False)
class Exchange:
    """An exchange. Raises LookupError for a type other than direct, topic and fanout."""

    name: str
    type: str
    durable: bool = False
    auto_delete: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)
    bindings: dict[Binding, None] = field(default_factory=dict)  # an ordered set

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise LookupError(f"the embedded broker has no exchange type {self.type!r}")

    @property
    def traits(self) -> tuple[Any, ...]:
        return (self.type, self.durable, self.auto_delete, self.arguments)

    def bind(self, binding: Binding) -> None:
        self.bindings[binding] = None

    def unbind(self, binding: Binding) -> None:
        self.bindings.pop(binding, None)

    def drop(self, destination: str, *, to_queue: bool) -> None:
        """Remove every binding to `destination`."""
        for binding in [b for b in self.bindings if b.destination == destination and b.to_queue == to_queue]:
            del self.bindings[binding]

    def matching(self, routing_key: str) -> Iterable[Binding]:
        if self.type == "fanout":
            return self.bindings
        if self.type == "direct":
            return (binding for binding in self.bindings if binding.routing_key == routing_key)
        return (binding for binding in self.bindings if matches(binding.routing_key, routing_key))


@lru_cache(maxsize=8192)
def matches(pattern: str, routing_key: str) -> bool:
    """Match a topic pattern. `*` stands for one word. `#` stands for any number of words, also none."""
    return _match(tuple(pattern.split(".")), tuple(routing_key.split(".")))


def _match(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    # The positions in the pattern that the words so far can reach. The run time is linear for any number of `#`.
    reached = _skip_hashes({0}, pattern)
    for word in words:
        step = {at + 1 for at in reached if at < len(pattern) and pattern[at] in ("*", word)}
        step |= {at for at in reached if at < len(pattern) and pattern[at] == "#"}
        reached = _skip_hashes(step, pattern)
    return len(pattern) in reached


def _skip_hashes(reached: set[int], pattern: tuple[str, ...]) -> set[int]:
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] == "#":
            at += 1
            reached.add(at)
    return reached


def predeclared() -> dict[str, Exchange]:
    """Return the exchanges that every AMQP broker has."""
    return {f"amq.{type}": Exchange(f"amq.{type}", type, durable=True) for type in TYPES}
