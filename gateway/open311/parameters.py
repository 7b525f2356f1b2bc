"""Parameters of Open311 requests. An empty parameter counts as absent."""

import math
import re
from datetime import UTC, datetime
from uuid import UUID

from flask import request

from chassis import text as texts
from chassis.rpc.interface.fields import EARLIEST, LATEST
from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import NOT_A_CHOICE, NOT_A_DECIMAL, NOT_A_NUMBER, NOT_A_TIME, OUT_OF_RANGE, REQUIRED, TOO_MANY

# A "+" that was not escaped arrives as a space.
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.\d{1,9})? ?(?:([Zz])|([+\- ])?(\d\d):?(\d\d))", re.ASCII)
_MOST_VALUES = 100


def text(name: str) -> str | None:
    """The parameter without surrounding space, from the query or the form."""
    return request.values.get(name, "").strip() or None


def required(name: str) -> str:
    """Raises InvalidField."""
    if (value := text(name)) is None:
        raise InvalidField(REQUIRED, name)
    return value


def several(name: str) -> list[str] | None:
    """The values of a parameter that is comma-separated or repeated. None if there are none. Raises InvalidField for more than
    100."""
    found = [part.strip() for value in request.values.getlist(name) for part in value.split(",") if part.strip()]
    if len(found) > _MOST_VALUES:
        raise InvalidField(TOO_MANY, name, most=_MOST_VALUES)
    return list(dict.fromkeys(found)) or None


def ids(name: str) -> list[UUID] | None:
    """The ids of requests. What cannot be an id names nothing, so it is left out."""
    named = several(name)
    return None if named is None else [found for one in named if (found := as_id(one)) is not None]


def as_id(given: str) -> UUID | None:
    """None for what is no id of a request."""
    try:
        return UUID(given) if len(given) == 36 else None
    except ValueError:
        return None


def moment(name: str) -> datetime | None:
    """A time with `Z` or an offset, in UTC. Between date and time, and for the plus sign, a space will do. Raises
    InvalidField."""
    if (given := text(name)) is None:
        return None
    found = _TIME.fullmatch(given)
    if found is None:
        raise InvalidField(NOT_A_TIME, name)
    date, time, zulu, sign, hours, minutes = found.groups()
    offset = "+00:00" if zulu else f"{'-' if sign == '-' else '+'}{hours}:{minutes}"
    try:
        at = datetime.fromisoformat(f"{date}T{time}{offset}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidField(NOT_A_TIME, name) from error
    if not EARLIEST <= at <= LATEST:
        raise InvalidField(OUT_OF_RANGE, name, least=EARLIEST.year, most=LATEST.year)
    return at


def decimal(name: str) -> float | None:
    """Raises InvalidField."""
    if (given := text(name)) is None:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,3}(\.[0-9]{1,20})?", given) or not math.isfinite(value := float(given)):
        raise InvalidField(NOT_A_DECIMAL, name)
    return value


def whole(name: str, default: int, *, most: int) -> int:
    """A number from 1 to `most`. Raises InvalidField."""
    if (given := text(name)) is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise InvalidField(NOT_A_NUMBER, name)
    if not 1 <= (value := int(given)) <= most:
        raise InvalidField(OUT_OF_RANGE, name, least=1, most=most)
    return value


def choices(name: str, *known: str) -> set[str]:
    """The words of a comma-separated parameter, in any case. Raises InvalidField for an unknown word."""
    given = {word.lower() for word in several(name) or ()}
    if not given <= set(known):
        raise InvalidField(NOT_A_CHOICE, name, choices=", ".join(known))
    return given


def is_set(name: str) -> bool:
    return (text(name) or "").lower() in ("true", "1", "yes")


def attributes() -> dict[str, list[str]]:
    """The answers to a service's questions, `attribute[X]` and `attribute[X][]`, by X. Empty answers are left out."""
    found: dict[str, list[str]] = {}
    for name in request.values:
        if part := re.fullmatch(r"attribute\[([^\[\]]{1,100})\](?:\[\])?", name):
            values = [value.strip() for value in request.values.getlist(name) if value.strip()]
            if values:
                found.setdefault(texts.cleaned(part[1]), []).extend(values)
    return found
