"""Generates a type stub (.pyi) for a client of several services from their interfaces.

Each verb becomes a method with typed keywords. Each answer becomes a TypedDict. mypy then reports an unknown verb, an
unknown or missing field of a request, and an unknown field of an answer.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import Schema, fields

from chassis.rpc.interface.verbs import Interface, Verb

_HEADER = """\
# Generated from the interfaces of the services by `make format`; do not edit.
from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

{imports}

"""
# (field class, type of a caller's argument, type in the JSON answer). The first matching class is used.
_TYPES: tuple[tuple[type[fields.Field[Any]], str, str], ...] = (
    (fields.UUID, "UUID | str", "str"),
    (fields.DateTime, "datetime | str", "str"),
    (fields.Date, "str", "str"),
    (fields.Boolean, "bool", "bool"),
    (fields.Integer, "int", "int"),
    (fields.Float, "float", "float"),
    (fields.String, "str", "str"),
    (fields.Constant, "str", "str"),
    (fields.Dict, "dict[str, Any]", "dict[str, Any]"),
)


def client_stub(interfaces: Sequence[Interface], imports: str, tail: str) -> str:
    """Return the stub: a class for each service, and a class `Client` that holds them. `imports` and `tail` are lines of
    the module that the stub describes."""
    parts = [_HEADER.format(imports=imports)]
    for interface in interfaces:
        parts.extend(_answers(interface))
        parts.append(_service(interface))
    members = "\n".join(f"    {i.service}: {_title(i.service)}Client" for i in interfaces)
    parts.append(f"class Client:\n{members}\n")
    parts.append("\n".join(f"{i.service}: {_title(i.service)}Client" for i in interfaces) + "\n" + tail)
    return "\n".join(parts)


def _title(service: str) -> str:
    return service.title()


def _answers(interface: Interface) -> Iterator[str]:
    """A TypedDict for every object in an answer. Nested objects come first."""
    written: set[str] = set()
    for verb in interface:
        for schema in _nested(verb.gives):
            name = _name_of(interface.service, schema)
            if name not in written:
                written.add(name)
                yield _typed_dict(interface.service, name, schema)


def _nested(schema: Schema) -> Iterator[Schema]:
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from _nested(inner.schema)
    yield schema


def _name_of(service: str, schema: Schema) -> str:
    return f"{_title(service)}{type(schema).__name__}"


def _typed_dict(service: str, name: str, schema: Schema) -> str:
    members = [
        f'    "{field.data_key or key}": {_member(service, field)},'
        for key, field in schema.fields.items()
        if not field.load_only
    ]
    return "\n".join(
        [f"{name} = TypedDict(", f'    "{name}",', "    {", *("    " + member for member in members), "    },", ")\n"]
    )


def _member(service: str, field: fields.Field[Any]) -> str:
    kind = _answer_type(service, field) + (" | None" if field.allow_none else "")
    return kind if field.required else f"NotRequired[{kind}]"


def _answer_type(service: str, field: fields.Field[Any]) -> str:
    if isinstance(field, fields.List):
        return f"list[{_answer_type(service, field.inner)}]"
    if isinstance(field, fields.Nested):
        return _name_of(service, field.schema)
    return next((answer_type for kind, _, answer_type in _TYPES if isinstance(field, kind)), "Any")


def _service(interface: Interface) -> str:
    methods = "\n".join(_method(interface.service, verb) for verb in interface)
    return f"class {_title(interface.service)}Client:\n{methods}\n"


def _method(service: str, verb: Verb) -> str:
    by_need = sorted(verb.takes.fields.items(), key=lambda item: not item[1].required)
    gives = _name_of(service, verb.gives)
    if not by_need:
        return f"    def {verb.name}(self) -> {gives}: ..."
    keywords = [f"        {name}: {_keyword(field)}," for name, field in by_need]
    return "\n".join([f"    def {verb.name}(", "        self,", "        *,", *keywords, f"    ) -> {gives}: ..."])


def _keyword(field: fields.Field[Any]) -> str:
    kind = _request_type(field)
    return kind if field.required else f"{kind} | None = None"


def _request_type(field: fields.Field[Any]) -> str:
    if isinstance(field, fields.List):
        return f"list[{_request_type(field.inner)}]"
    if isinstance(field, fields.Nested):
        return "dict[str, Any]"
    return next((request_type for kind, request_type, _ in _TYPES if isinstance(field, kind)), "Any")
