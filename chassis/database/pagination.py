"""Pages of long lists. The cursor holds the keys of the last row (keyset pagination), so that every page costs the same.

ADR 0034 explains why we do not use sqlakeyset.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, ColumnElement, Select, and_, literal, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis.rpc.refusal import InvalidField
from chassis.rpc.rules import BAD_CURSOR

Row = TypeVar("Row")
Key = tuple[InstrumentedAttribute[Any], Literal["asc", "desc"]]
MAX_LIMIT = 100
DEFAULT_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`next_cursor` is None on the last page."""

    items: Sequence[Row]
    next_cursor: str | None


def page(
    session: Session, statement: Select[Row], *, keys: Sequence[Key], limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Row]:
    """Return the rows of `statement` after `cursor`, ordered by `keys`. `statement` selects one entity. The last column of
    `keys` must be unique, and no column of `keys` may be NULL. `limit` is at most 100. Raises InvalidField for a malformed
    cursor."""
    limit = max(1, min(limit, MAX_LIMIT))
    if cursor is not None:
        statement = statement.where(_after(keys, _decode(cursor, keys)))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in keys))
    rows = session.execute(statement.limit(limit + 1)).unique().scalars().all()
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(rows[:limit], _encode([getattr(last, column.key) for column, _ in keys]))


def _after(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """The condition for rows after `values`. If all keys have the same direction, it is a row comparison, which an index can
    answer."""
    if len({way for _, way in keys}) == 1:
        row = tuple_(*(column for column, _ in keys))
        last = tuple_(*(literal(value, column.type) for value, (column, _) in zip(values, keys, strict=True)))
        return row > last if keys[0][1] == "asc" else row < last
    branches = []
    for position, (column, way) in enumerate(keys):
        beyond = column > values[position] if way == "asc" else column < values[position]
        equal = [earlier == value for (earlier, _), value in zip(keys[:position], values[:position], strict=True)]
        branches.append(and_(*equal, beyond))
    return or_(*branches)


def _encode(values: Sequence[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def _decode(cursor: str, keys: Sequence[Key]) -> list[Any]:
    try:
        raw = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(raw, list) or len(raw) != len(keys):
            raise ValueError("wrong length")
        return [_typed(value, column) for value, (column, _) in zip(raw, keys, strict=True)]
    except (ValueError, TypeError, AttributeError) as error:  # fromisoformat(5), UUID(5)
        raise InvalidField(BAD_CURSOR, "cursor") from error


def _typed(value: Any, column: InstrumentedAttribute[Any]) -> Any:
    wanted = column.type.python_type
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if wanted is UUID:
        return UUID(value)
    if not isinstance(value, wanted) or isinstance(value, bool):
        raise ValueError("wrong type")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("PostgreSQL keeps no NUL")
    if isinstance(value, int) and not -(limit := _least_too_large(column)) <= value < limit:
        raise ValueError("larger than the column")
    return value


def _least_too_large(column: InstrumentedAttribute[Any]) -> int:
    return 2**63 if isinstance(column.type, BigInteger) else 2**31
