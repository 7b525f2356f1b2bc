"""Choices of communities and grids. Many are grouped by sub-district, so that they can be read."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from flask_babel import gettext

from gateway.directory.known import Known
from gateway.operations import places
from gateway.web.labels import localized

Choices = Sequence[tuple[str, str]]
Groups = Sequence[tuple[str, Choices]]  # the name of each group, and its choices
MOST_FLAT = 12  # choices without groups


def community_names() -> dict[str, str]:
    """The names of the communities in which the reader works, by id, in the order of their sub-districts. No query."""
    return {known.id: localized(known.name) for known in places.communities()}


def communities() -> Groups:
    """The communities in which the reader works."""
    return by_sub_district(places.communities())


def sub_districts() -> Choices:
    """The sub-districts with communities in which the reader works."""
    named = {known.sub_district_id: localized(known.sub_district) for known in places.communities() if known.sub_district_id}
    return [(id_, name) for id_, name in named.items() if id_]


def by_sub_district(found: Iterable[Known]) -> Groups:
    """Communities that are in the order of the directory. A few are one group without a name."""
    return _grouped((known, [(known.id, localized(known.name))]) for known in found)


def grids() -> tuple[Groups, Mapping[str, str]]:
    """The grids in which the reader works, and the community of each. With several communities, each grid has the name of its
    own. One query."""
    found, rows = places.communities(), places.grids()
    of: dict[str, list[tuple[str, str]]] = {}
    for community_id, grid_id, name in rows:
        of.setdefault(community_id, []).append((grid_id, localized(name)))
    community_of = {grid_id: community_id for community_id, grid_id, _ in rows}
    if len(found) < 2:
        return _grouped((known, of.get(known.id, [])) for known in found), community_of
    named = ((known, [(id_, f"{localized(known.name)} · {name}") for id_, name in of.get(known.id, ())]) for known in found)
    return _grouped(named), community_of


def _grouped(parts: Iterable[tuple[Known, Choices]]) -> Groups:
    groups: list[tuple[str, Choices]] = []
    for _, members in groupby(parts, key=lambda part: part[0].sub_district_id):
        street = list(members)
        name = localized(street[0][0].sub_district) if street[0][0].sub_district else gettext("其他社区")
        if choices := [choice for _, of_one in street for choice in of_one]:
            groups.append((name, choices))
    flat = [choice for _, choices in groups for choice in choices]
    return groups if len(groups) > 1 and len(flat) > MOST_FLAT else [("", flat)] if flat else []
