"""Door codes of bookings. Whoever of the staff sees one is logged, and the resident can read it."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from gateway.accounts import names
from gateway.calls import calls
from gateway.http import current
from services.booking.interface.locks import GET_DOOR_CODE, REVEAL_DOOR_CODES

Json = dict[str, Any]


def read(payload: Mapping[str, Any]) -> Json:
    """The code of one booking. Raises the refusals of booking."""
    answer = calls.send(GET_DOOR_CODE, payload)
    _log([answer])
    return answer


def reveal(payload: Mapping[str, Any]) -> Json:
    """The codes of the bookings of a time. Raises the refusals of booking."""
    answer = calls.send(REVEAL_DOOR_CODES, payload)
    _log(answer["items"])
    return answer


def _log(shown: Iterable[Mapping[str, Any]]) -> None:
    """A guardian who reads the code of a child is not logged."""
    seen = [UUID(one["resident_id"]) for one in shown if one["door_code"] is not None]
    if seen and current.identity().party == "staff":
        with current.accounts().transaction() as call:
            names.log_reveal(call, seen, ["door_code"])
