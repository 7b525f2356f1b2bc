"""The communities and grids in which the reader works, to choose from."""

from collections.abc import Sequence
from typing import Any

from chassis.database.engine import reading
from gateway.directory import storage
from gateway.directory.known import Known
from gateway.http import community, current

Name = dict[str, Any]


def communities() -> list[Known]:
    """The communities in which the reader works, in the order of their sub-districts. From memory: no query."""
    reach = current.identity().reach
    return [known for known in community.snapshot().by_id.values() if known.id in reach]


def grids() -> Sequence[tuple[str, str, Name]]:
    """The grids in use in which the reader works: community, id and name, in order. One query."""
    with reading(current.database()) as session:
        return storage.names_of_grids(session, current.identity().reach)
