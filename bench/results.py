"""The result of a measurement: a table, and the goals for its figures."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal for one figure. `wanted` and `figure` are texts for people. `met` is True if the figure reaches the goal."""

    what: str
    wanted: str
    figure: str
    met: bool

    @classmethod
    def at_least(cls, what: str, wanted: float, figure: float, unit: str = "") -> "Goal":
        return cls(what, f"≥ {_number(wanted)}{unit}", f"{_number(figure)}{unit}", figure >= wanted)

    @classmethod
    def at_most(cls, what: str, wanted: float, figure: float, unit: str = "") -> "Goal":
        return cls(what, f"≤ {_number(wanted)}{unit}", f"{_number(figure)}{unit}", figure <= wanted)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


@dataclass(slots=True)
class Section:
    """A table of results. Each row has as many cells as `header`. `text` explains the measurement."""

    title: str
    text: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
