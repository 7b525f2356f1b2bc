"""Finds rows of one file that are about the same thing."""

from collections.abc import Hashable

from chassis.rpc.refusal import InvalidField
from gateway.imports.columns import DUPLICATE_ROW


class RowsSeen:
    """The lines of the rows so far, by what they are about."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, int] = {}

    def add(self, key: Hashable, line: int, column: str) -> None:
        """Raises InvalidField for `column` if an earlier row has the same key."""
        first = self._lines.setdefault(key, line)
        if first != line:
            raise InvalidField(DUPLICATE_ROW, column, line=first)
