"""The equipment that a session needs, as it is stored."""

from collections.abc import Iterable, Mapping
from typing import Any

Equipment = list[dict[str, Any]]  # {kind_id: text, quantity}, each kind once, by kind


def as_stored(wanted: Iterable[Mapping[str, Any]]) -> Equipment:
    """What a request names, {kind_id, quantity}, in the order in which it is compared."""
    quantities = {str(one["kind_id"]): one["quantity"] for one in wanted}
    return [{"kind_id": kind_id, "quantity": quantity} for kind_id, quantity in sorted(quantities.items())]
