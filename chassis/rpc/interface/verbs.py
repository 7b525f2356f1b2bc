"""Verbs: what a service can be asked, with what it takes, gives and refuses."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from marshmallow import Schema

from chassis.rpc.refusal import Refusal


class Verb:
    """One call. `address` is `<service>.<use case>`, which is also the routing key of its requests. `refuses` lists the
    refusals beyond those that every call can end in (invalid fields, unavailable, and so on)."""

    def __init__(
        self,
        address: str,
        summary: str,
        *,
        takes: Schema,
        gives: Schema,
        refuses: tuple[type[Refusal], ...] = (),
        description: str = "",
    ) -> None:
        self.address = address
        self.service, _, self.name = address.partition(".")
        self.summary, self.description = summary, description
        self.takes, self.gives, self.refuses = takes, gives, refuses

    def payload(self, values: dict[str, Any]) -> dict[str, Any]:
        """`values` by field name as they travel, by the names on the wire. None means not given, unless the field can be
        null. Raises TypeError for a field that the verb does not take."""
        fields = self.takes.fields
        if unknown := values.keys() - fields.keys():
            raise TypeError(f"{self.address} takes no {', '.join(sorted(unknown))}")
        return {
            fields[name].data_key or name: value
            for name, value in values.items()
            if value is not None or fields[name].allow_none
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.address}>"


class Query(Verb):
    """A verb that only reads."""


class Command(Verb):
    """A verb that changes something: it runs in one transaction, once per Idempotency-Key."""


class Interface:
    """Everything one service can be asked: the verbs that `modules` declare, in their order."""

    def __init__(self, service: str, *modules: ModuleType) -> None:
        """Raises ValueError if a verb belongs to another service or two have the same name."""
        self.service = service
        self.verbs: dict[str, Verb] = {}
        for module in modules:
            for verb in (value for value in vars(module).values() if isinstance(value, Verb)):
                if verb.service != service or self.verbs.get(verb.name, verb) is not verb:
                    raise ValueError(f"{verb} cannot be declared in {module.__name__}")
                self.verbs[verb.name] = verb

    def __iter__(self) -> Iterator[Verb]:
        return iter(self.verbs.values())
