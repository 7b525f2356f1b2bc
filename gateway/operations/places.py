"""The communities and grids in which the reader works, to choose from."""

from dataclasses import dataclass
from typing import Any

from chassis.database.engine import reading
from gateway.directory import storage
from gateway.http import current

Name = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A community. `grids` are those in use: id and name."""

    id: str
    name: Name
    grids: tuple[tuple[str, Name], ...]


def within_reach() -> list[Place]:
    """The communities in which the reader works, by id. One query."""
    with reading(current.database()) as session:
        rows = storage.communities_with_grids(session, current.identity().reach)
    found: dict[str, tuple[Name, list[tuple[str, Name]]]] = {}
    for community, grid in rows:
        _, grids = found.setdefault(community.id, (community.name, []))
        if grid is not None:
            grids.append((grid.id, grid.name))
    return [Place(id_, name, tuple(grids)) for id_, (name, grids) in found.items()]
