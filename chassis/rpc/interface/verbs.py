"""Verbs: the calls of a service. Each verb declares its request, its answer and its refusals."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from marshmallow import Schema

from chassis.rpc.refusal import Refusal


class Verb:
    """One call of a service. `address` is `<service>.<use case>`; it is also the routing key of the requests. `takes` is the
    schema of the request, `gives` the schema of the answer. `refuses` lists the refusals, except those that every call
    can have (invalid fields, unavailable, and so on)."""

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
        """Return `values` under their names on the wire. A value of None is left out, unless the field can be null. Raises
        TypeError for an unknown field."""
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
    """A verb that writes. It runs in one transaction, once per Idempotency-Key."""


class Interface:
    """All verbs of one service, in the order in which `modules` declare them, by themselves or in a dictionary."""

    def __init__(self, service: str, *modules: ModuleType) -> None:
        """Raises ValueError if a verb belongs to another service, or if two verbs have the same name."""
        self.service = service
        self.verbs: dict[str, Verb] = {}
        for module in modules:
            for verb in _verbs_in(module):
                if verb.service != service or self.verbs.get(verb.name, verb) is not verb:
                    raise ValueError(f"{verb} cannot be declared in {module.__name__}")
                self.verbs[verb.name] = verb

    def __iter__(self) -> Iterator[Verb]:
        return iter(self.verbs.values())


def _verbs_in(module: ModuleType) -> Iterator[Verb]:
    for value in vars(module).values():
        members = value.values() if isinstance(value, dict) else (value,)
        yield from (member for member in members if isinstance(member, Verb))
