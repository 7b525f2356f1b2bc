"""Values that PostgreSQL can store."""

from collections.abc import Mapping
from typing import Any


def storable(value: Any) -> Any:
    """Return `value` in a form that PostgreSQL can store: JSON only, and text without NUL and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(one) for key, one in value.items()}
    if isinstance(value, bool | int | float) or value is None:
        return value
    return storable(str(value))
