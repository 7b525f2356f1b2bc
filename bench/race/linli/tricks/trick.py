"""What all tricks have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.race.linli.scene import Scene
from chassis.rpc.identity import Identity

Json = dict[str, Any]


def _nothing(result: Json) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as `who`. `heard` gets the result, if it was not refused. `about` is what the result promises: a kind of
    thing, whose id and version are in the result. None if it promises nothing."""

    who: Identity
    verb: str
    payload: Json
    about: str | None = "booking"
    heard: Callable[[Json], None] = _nothing


class Trick:
    """One attacker's use of one part of the system. It is used by one thread."""

    MOST_KEPT = 200

    def __init__(self, scene: Scene, chance: Random) -> None:
        self.scene, self.chance = scene, chance

    def ask(self) -> Ask | None:
        """What to ask next, or None if there is nothing to ask now."""
        raise NotImplementedError

    def keep(self, things: list[Any], thing: Any) -> None:
        """Remember `thing`. The oldest ones are forgotten."""
        things.append(thing)
        del things[: -self.MOST_KEPT]
