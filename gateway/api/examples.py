"""Examples for the documentation, made from the examples of the fields."""

from typing import Any

from marshmallow import Schema, fields


def example_of(schema: Schema) -> dict[str, Any]:
    """An example object of the schema, made from the examples of its fields. A field that excludes others says `left_out`."""
    return {field.data_key or name: value for name, field in schema.fields.items() if (value := _of_field(field)) is not _NONE}


_NONE = object()


def _of_field(field: fields.Field[Any]) -> Any:
    if "example" in field.metadata:
        return field.metadata["example"]
    if field.metadata.get("left_out"):
        return _NONE
    if isinstance(field, fields.Nested):
        nested = example_of(field.schema)
        return [nested] if field.many else nested
    if isinstance(field, fields.List):
        inner = _of_field(field.inner)
        return [] if inner is _NONE else [inner]
    return _NONE
