"""The state that all scenes of the day share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tour.ledger import Expected
from tour.narrator import Narrator
from tour.people import People


@dataclass(slots=True)
class Day:
    """`now` is aware. `published` collects the events that the outside system must receive."""

    people: People
    narrator: Narrator
    now: datetime
    published: list[Expected] = field(default_factory=list)

    def publishes(self, type_: str, thing: dict[str, Any]) -> None:
        self.published.append(Expected(type_, str(thing["id"])))

    def tell(self, what: str) -> None:
        self.narrator.tell(what)

    def check(self, holds: object, what: str) -> None:
        self.narrator.check(holds, what)


Scene = Callable[[Day], None]
