"""Choices of places for the forms and filters of the administration."""

from collections.abc import Sequence

from gateway.operations import places
from gateway.operations.places import Place
from gateway.web.labels import localized

Choices = Sequence[tuple[str, str]]


def communities() -> Choices:
    """The communities in which the reader works."""
    return of_communities(places.within_reach())


def of_communities(found: Sequence[Place]) -> Choices:
    return [(place.id, localized(place.name)) for place in found]


def of_grids(found: Sequence[Place]) -> Choices:
    """The grids of the places. With several places, each with the name of its community."""
    several = len(found) > 1
    return [
        (id_, f"{localized(place.name)} · {localized(name)}" if several else localized(name))
        for place in found
        for id_, name in place.grids
    ]
