"""How the demo describes cases."""

from dataclasses import dataclass
from typing import Any

from chassis.demo import demo_id


@dataclass(frozen=True, slots=True)
class Step:
    """`name` is the step, `by` the person, `hours` the time after the report, `says` the fields of the request."""

    name: str
    by: str
    hours: float
    says: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A case, its report `hours_ago`, and its steps. `reporter` is None for a visitor who was not signed in. `grid` is the
    number of a grid of its community. Staff are named by the first part of their user name: `clerk` is `clerk.yuxin` in yuxin.
    `name` is different from those of the other communities, because the id is made from it."""

    name: str
    reporter: str | None
    hours_ago: float
    report: dict[str, Any]
    steps: tuple[Step, ...] = ()
    photos: int = 0


def about(channel: str, category: str, text: str, grid: int | None = None, **rest: Any) -> dict[str, Any]:
    return {"channel": channel, "category": category, "text": text, "grid": grid} | rest


def step(name: str, by: str, hours: float, **says: Any) -> Step:
    return Step(name, by, hours, says)


def accept(hours: float, **says: Any) -> Step:
    return step("accept", "clerk", hours, **says)


def dispatch(hours: float, department: str, handler: str | None = None, **says: Any) -> Step:
    return step("dispatch", "clerk", hours, department_id=demo_id("department", department), handler=handler, **says)
