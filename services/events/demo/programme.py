"""How the demo describes the clubs of a centre and their club events in one week. `seed` gives the events dates."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Club:
    """A club with its `members`. `code` is different from those of the other communities, because the id is made from it."""

    code: str
    section: str
    kind: str
    name_zh: str
    name_en: str
    about_zh: str
    about_en: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One club event of a week. `weekday` 1 is Monday. `sittings` are (start in local time, minutes, seats), one per session.
    `takers` are (resident, seats), in the order in which they register for the first session. `code` is like that of a club."""

    code: str
    club: str
    section: str
    weekday: int
    title: tuple[str, str]
    about: tuple[str, str]
    location: str
    audience: str
    sittings: tuple[tuple[str, int, int], ...]
    takers: tuple[tuple[str, int], ...] = ()
    weeks: str = "all"  # all | odd | even, by ISO week
    draft: bool = False
    equipment: tuple[tuple[str, int], ...] = ()  # of each session: codes of kinds in booking's demo, and how many


@dataclass(frozen=True, slots=True)
class Programme:
    """What a centre offers. `organiser` is a user name. `space_of` are the locations that can be booked, with the codes of
    these spaces in booking's demo."""

    organiser: str
    clubs: tuple[Club, ...]
    offers: tuple[Offer, ...]
    space_of: Mapping[str, str] = field(default_factory=dict)
