"""A directory as one JSON document: `linli directory load` reads it, `linli directory show` writes it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from marshmallow import ValidationError

from chassis.rpc.call import Call
from chassis.rpc.interface.field_errors import field_errors
from chassis.rpc.refusal import Invalid, InvalidField, Refusal
from chassis.rpc.rules import DUPLICATE
from gateway.directory import storage, use_cases
from gateway.directory.interface import DIRECTORY_FILE
from gateway.directory.models import Community, Department, Grid


class BadFile(Exception):
    """The document is refused. `problems` has a line for each: the path of the field, what is wrong, and the code."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load(call: Call, content: bytes) -> tuple[int, int]:
    """Put everything in the document into the directory, in the transaction of `call`: sub-districts first, so that communities
    can name them. What the document does not name stays as it is. Returns the numbers of its communities and grids. Raises
    BadFile; roll back then."""
    document = _parsed(content)
    seen: set[tuple[str, str]] = set()
    storage.lock_directory(call.session)
    borders = {one["id"]: storage.borders_in_use(call.session, one["id"]) for one in document["communities"]}
    paths: dict[str, str] = {}
    for n, sub_district in enumerate(document["sub_districts"]):
        with _problems_at(f"sub_districts.{n}"):
            _once(seen, "sub_district", sub_district["id"])
            use_cases.put_sub_district(call, **sub_district)
    for n, community in enumerate(document["communities"]):
        grids = community.pop("grids")
        with _problems_at(f"communities.{n}"):
            _once(seen, "community", community["id"])
            use_cases.put_community(call, **community)
        for position, grid in enumerate(grids):
            with _problems_at(f"communities.{n}.grids.{position}"):
                _once(seen, "grid", grid["id"])
                paths[grid["id"]] = f"communities.{n}.grids.{position}.border"
                use_cases.put_grid_unchecked(call, **grid, community_id=community["id"], position=position)
    # Grids of one file may swap streets, so their borders are compared when all are there.
    overlaps = [found for id_, before in borders.items() for found in use_cases.overlaps_since(call, id_, before).items()]
    if overlaps:
        raise BadFile([_line(paths[grid_id], refusal.text("en"), refusal.code) for grid_id, refusal in overlaps])
    for position, department in enumerate(document["departments"]):
        with _problems_at(f"departments.{position}"):
            _once(seen, "department", department["id"])
            use_cases.put_department(call, **department, position=position)
    return len(document["communities"]), sum(kind == "grid" for kind, _ in seen)


def show(call: Call) -> dict[str, Any]:
    """The directory as a document that `load` accepts. Communities that nobody has described are left out."""
    grids: dict[str, list[Grid]] = {}
    for grid in storage.all_grids(call.session):
        grids.setdefault(grid.community_id, []).append(grid)
    departments = [
        _filled(department, "id", "name", "communities", "active") for department in storage.all_departments(call.session)
    ]
    return {
        "sub_districts": [{"id": found.id, "name": found.name} for found in storage.all_sub_districts(call.session)],
        "communities": [
            _filled(community, "id", "name", "sub_district_id", "time_zone", "number_prefix")
            | _filled(community, "address", "phone", "hours", "location", "icp_filing", "police_filing", "privacy_notice")
            | ({"hosts": community.hosts} if community.hosts else {})
            | {"grids": [_filled(grid, "id", "name", "border", "active") for grid in grids.get(community.id, ())]}
            for community in storage.all_communities(call.session)
        ],
    } | ({"departments": departments} if departments else {})


def _filled(row: Community | Grid | Department, *columns: str) -> dict[str, Any]:
    return {column: value for column in columns if (value := getattr(row, column)) is not None}


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        loaded: dict[str, Any] = DIRECTORY_FILE.load(orjson.loads(content))
    except orjson.JSONDecodeError as error:
        raise BadFile([f"this is not JSON in UTF-8: {error}"]) from error
    except ValidationError as error:
        raise BadFile(
            [_line(found["field"], found["message"], found["code"]) for found in field_errors(error, "en")]
        ) from error
    return loaded


def _once(seen: set[tuple[str, str]], kind: str, id_: str) -> None:
    if (kind, id_) in seen:
        raise InvalidField(DUPLICATE, "id")
    seen.add((kind, id_))


@contextmanager
def _problems_at(path: str) -> Iterator[None]:
    """Raises BadFile with the path of the entry for a refusal."""
    try:
        yield
    except Invalid as refusal:
        errors = refusal.details_for("en")["errors"]
        raise BadFile([_line(f"{path}.{found['field']}", found["message"], found["code"]) for found in errors]) from refusal
    except Refusal as refusal:
        raise BadFile([_line(path, refusal.text("en"), refusal.code)]) from refusal


def _line(field: str, message: str, code: str) -> str:
    return f"{field or '(file)'}: {message} ({code})"
