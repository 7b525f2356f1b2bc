"""The community scope of a call as a condition of a statement."""

from typing import Any

from sqlalchemy import ColumnElement, true

from chassis.rpc.communities import Communities


def within(column: Any, communities: Communities) -> ColumnElement[bool]:
    """The rows whose `column` (a community id) is one of `communities`. No condition for the whole district."""
    if communities.ids is None:
        return true()
    if len(communities.ids) == 1:  # an equality, so that the order of an index on (column, …) can be used
        return column == next(iter(communities.ids))  # type: ignore[no-any-return]
    return column.in_(sorted(communities.ids))  # type: ignore[no-any-return]
